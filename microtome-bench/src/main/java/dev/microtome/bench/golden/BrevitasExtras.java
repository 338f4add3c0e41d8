package dev.microtome.bench.golden;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantLstm;
import dev.microtome.quant.QuantMultiheadAttention;
import dev.microtome.quant.QuantRnn;
import dev.microtome.quant.Quantizers;
import dev.microtome.quant.WeightSettings;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// Replays joined tensors, shared quantizers, recurrent layers and attention.
final class BrevitasExtras {
  private BrevitasExtras() {}

  static void cat(JsonNode one, Differences found) {
    Layer<?, ?> layer = BrevitasLayers.build(one);
    int i = 0;
    for (JsonNode step : one.path("steps")) {
      found.at("step " + i++ + ", ");
      layer.train(step.path("mode").asString("").equals("train"));
      Tensor output =
          BrevitasSteps.apply(
              layer, BrevitasJson.list(step.path("inputs")), step.path("dim").asInt(1));
      BrevitasJson.compare("output", step.path("output"), output, found);
      new BrevitasSteps(layer, found).states(step.path("state"));
    }
  }

  static void sharedActivation(JsonNode one, Differences found) {
    var first = (QuantIdentity) BrevitasLayers.build(one);
    var second = new QuantIdentity(ActSettings.of(first.actQuant()).returningQuantTensor());
    int i = 0;
    for (JsonNode step : one.path("steps")) {
      found.at("step " + i++ + ", ");
      List<Tensor> inputs = BrevitasJson.list(step.path("inputs"));
      Tensor a = first.apply(inputs.get(0));
      Tensor b = second.apply(inputs.get(1));
      BrevitasJson.compare("first", step.path("outputs").get(0), a, found);
      BrevitasJson.compare("second", step.path("outputs").get(1), b, found);
      if (step.has("sum")) {
        BrevitasJson.compare("sum", step.path("sum"), a.add(b), found);
      }
      new BrevitasSteps(first, found).states(step.path("state"));
    }
  }

  static void sharedWeight(JsonNode one, Differences found) {
    List<Tensor> weights = BrevitasJson.list(one.path("weights"));
    int bits = one.path("bit_width").asInt();
    WeightSettings settings = WeightSettings.of(Quantizers.Int8WeightPerTensorFloat.withBits(bits));
    var layers = new ArrayList<QuantLinear>();
    for (Tensor weight : weights) {
      var layer = new QuantLinear(weight.size(1), weight.size(0), false, settings);
      Grad.off(() -> layer.weight().copy_(weight));
      layers.add(layer);
      settings = settings.withWeight(Objects.requireNonNull(layer.weightQuant()));
    }
    for (int i = 0; i < layers.size(); i++) {
      BrevitasJson.compare(
          "weight " + i, one.path("outputs").get(i), layers.get(i).quantWeight(), found);
    }
  }

  static void recurrentOrAttention(JsonNode one, Differences found) {
    Layer<?, ?> layer = built(one);
    one.path("params")
        .properties()
        .forEach(entry -> {
          Tensor target = layer.tensor(path(entry.getKey()));
          Grad.off(() -> target.copy_(BrevitasJson.tensor(entry.getValue())));
        });
    int i = 0;
    for (JsonNode step : one.path("steps")) {
      found.at("step " + i++ + ", ");
      layer.train(step.path("mode").asString("").equals("train"));
      List<Tensor> outputs = outputs(layer, BrevitasJson.tensor(step.path("input")));
      for (int k = 0; k < step.path("outputs").size(); k++) {
        BrevitasJson.compare("output " + k, step.path("outputs").get(k), outputs.get(k), found);
      }
    }
  }

  private static Layer<?, ?> built(JsonNode one) {
    long a = one.path("args").path(0).asLong();
    long b = one.path("args").path(1).asLong();
    String name = one.path("class").asString("");
    return switch (name) {
      case "QuantRNN" -> new QuantRnn(a, b);
      case "QuantLSTM" -> new QuantLstm(a, b);
      case "QuantMultiheadAttention" -> new QuantMultiheadAttention(a, b);
      default -> throw new IllegalStateException("unknown class " + name);
    };
  }

  private static List<Tensor> outputs(Layer<?, ?> layer, Tensor x) {
    return switch (layer) {
      case QuantRnn rnn -> {
        QuantRnn.Output out = rnn.apply(new QuantRnn.Input(x, null));
        yield List.of(out.x(), out.h());
      }
      case QuantLstm lstm -> {
        Lstm.Output out = lstm.apply(new Lstm.Input(x, null));
        yield List.of(out.x(), out.state().h(), out.state().c());
      }
      case QuantMultiheadAttention attention -> {
        QuantMultiheadAttention.Output out = attention.apply(QuantMultiheadAttention.Input.self(x));
        yield List.of(out.x(), out.weights());
      }
      default -> throw new IllegalStateException("no outputs of " + layer);
    };
  }

  /// Brevitas' `layers.0.0.input_gate_params.input_weight.weight` is our
  /// `l0.input_gate.input_weight`. The weight from the state before lies among what the shared
  /// quantizer watches.
  private static String path(String name) {
    String path = name;
    for (Map.Entry<String, String> each :
        Map.of("^layers\\.(\\d+)\\.0\\.", "l$1.", "^layers\\.(\\d+)\\.1\\.", "l$1_reverse.")
            .entrySet()) {
      path = path.replaceFirst(each.getKey(), each.getValue());
    }
    path =
        path.replaceFirst("input_weight\\.weight_quant\\..*\\.parameter$", "hidden_weight")
            .replaceFirst("(input|hidden)_weight\\.weight$", "$1_weight")
            .replace("_gate_params.", "_gate.");
    return path.replaceFirst("^l\\d+\\.gate_params\\.", "gate.");
  }
}
