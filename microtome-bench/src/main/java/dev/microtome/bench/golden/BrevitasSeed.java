package dev.microtome.bench.golden;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Sequential;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantTensor;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Replays the cells of a notebook one after the other: layers and tensors of one live on in the
/// next, and what was printed must be printed again.
final class BrevitasSeed {
  private final Map<JsonNode, Tensor> outputs = new HashMap<>();
  private Tensor last = Tensor.scalar(0);
  private Layer<?, ?> layer = new Sequential();

  void cell(JsonNode one, Differences found) {
    if (one.has("error")) {
      BrevitasErrors.expect(one.path("error"), () -> run(one), found);
    } else if (one.has("runs")) {
      runs(one, found);
    } else if (one.has("train_outputs") || one.has("train_output")) {
      training(one, found);
    } else if (one.has("eval_outputs")) {
      layer.eval();
      each(one.path("inputs"), one.path("eval_outputs"), found);
      new BrevitasSteps(layer, found).states(one.path("state"));
    } else if (one.has("large_input")) {
      large(one, found);
    } else if (one.has("output")) {
      output(one, found);
    } else if (one.has("value")) {
      found.equal("value", one.path("value").asBoolean(), QuantTensor.of(last).isValid());
    } else {
      tree(one, found);
    }
  }

  private Sequential build(JsonNode one) {
    Sequential built = BrevitasLayers.sequence(one.path("layers"));
    for (int i = 0; i < built.size(); i++) {
      BrevitasSteps.set(built.get(i), one.path("layers").get(i).path("params"));
    }
    layer = built.size() == 1 ? built.get(0) : built;
    return built;
  }

  /// The tensor of a cell above if the input is one, else a new one.
  private Tensor input(JsonNode node) {
    Tensor live = BrevitasJson.isQuantized(node) ? outputs.get(node.path("value")) : null;
    return live == null ? BrevitasJson.any(node) : live;
  }

  private Tensor run(JsonNode one) {
    Sequential built = build(one);
    return built.apply(input(one.path("input")));
  }

  private void output(JsonNode one, Differences found) {
    last = run(one);
    BrevitasJson.compare("output", one.path("output"), last, found);
    outputs.put(one.path("output").path("value"), last);
    JsonNode printed = one.path("printed").path("result");
    if (printed.isString()) {
      found.equal("printed", printed.asString(), last.toString());
    }
  }

  private void runs(JsonNode one, Differences found) {
    var results = new ArrayList<Tensor>();
    for (JsonNode run : one.path("runs")) {
      Tensor result = build(run).apply(input(one.path("input")));
      BrevitasJson.compare("output", run.path("output"), result, found);
      results.add(result);
    }
    boolean close = results.get(0).allClose(results.get(1), 1e-5, 1e-8);
    found.equal("all close", one.path("all_close").asBoolean(), close);
  }

  private void training(JsonNode one, Differences found) {
    build(one);
    if (one.has("train_outputs")) {
      each(one.path("inputs"), one.path("train_outputs"), found);
      return;
    }
    List<Tensor> inputs = BrevitasJson.list(one.path("inputs"));
    BrevitasJson.compare("train", one.path("train_output"), apply(inputs.get(0)), found);
    layer.eval();
    BrevitasJson.compare("eval", one.path("eval_output"), apply(inputs.get(1)), found);
  }

  private Tensor apply(Tensor x) {
    return BrevitasSteps.apply(layer, List.of(x), null);
  }

  private void each(JsonNode inputs, JsonNode expected, Differences found) {
    for (int i = 0; i < inputs.size(); i++) {
      BrevitasJson.compare(
          "output " + i, expected.get(i), apply(BrevitasJson.any(inputs.get(i))), found);
    }
  }

  /// The image the notebook draws after the seed was set for the last time.
  private static Tensor image() {
    Torch.manualSeed(0);
    var _ = new QuantConv2d(2, 3, 3);
    var _ = List.of(Tensor.randn(3, 3), Tensor.randn(3, 3));
    Tensor image = Tensor.rand(1, 3, 256, 256);
    image.at(":", 0).set(image.get(":", 0).mul(3));
    return image;
  }

  private void large(JsonNode one, Differences found) {
    Tensor image = image();
    JsonNode largest = one.path("large_input").path("largest_per_channel");
    for (int c = 0; c < largest.size(); c++) {
      Tensor top =
          image.select(1, c).flatten().topk(largest.get(c).path("shape").get(0).asLong()).values();
      BrevitasJson.values(
          "largest of channel " + c, BrevitasJson.tensor(largest.get(c)), top, found);
    }
    QuantTensor result = QuantTensor.of(build(one).apply(image));
    BrevitasJson.values("scale", BrevitasJson.tensor(one.path("scale")), result.scale(), found);
    found.equal(
        "printed",
        one.path("printed").path("result").asString(""),
        result.scale().mul(255).toString());
  }

  /// Our own form of a printed layer says what Brevitas' tree of modules says.
  private void tree(JsonNode one, Differences found) {
    build(one);
    String tree = layer.toString();
    boolean channels = one.path("printed").toString().contains("OverOutputChannelView");
    List<String> words =
        List.of(
            one.path("layers").get(0).path("class").asString("") + "(",
            "8 bits",
            "unsigned",
            "half even",
            "percentile 99.999",
            "300",
            channels ? "per channel" : "one for the tensor");
    words.stream()
        .filter(word -> !tree.contains(word))
        .forEach(word -> found.add("the printed layer does not say '" + word + "'"));
  }
}
