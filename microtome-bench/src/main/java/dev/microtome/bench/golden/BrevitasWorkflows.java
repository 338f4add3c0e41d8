package dev.microtome.bench.golden;

import dev.microtome.nn.CrossEntropyLoss;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Sgd;
import dev.microtome.quant.BiasCorrection;
import dev.microtome.quant.BrevitasCheckpoint;
import dev.microtome.quant.Calibration;
import dev.microtome.quant.Equalization;
import dev.microtome.quant.MergeBatchNorm;
import dev.microtome.quant.QuantStatus;
import dev.microtome.quant.QuantWeightLayer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Replays what happens to whole networks: training, calibration and corrections after training,
/// checkpoints.
final class BrevitasWorkflows {
  private BrevitasWorkflows() {}

  private static Sequential network(JsonNode one) {
    Sequential network = BrevitasLayers.sequence(one.path("layers"));
    BrevitasSteps.set(network, one.path("params"));
    return network;
  }

  // ---- training ----

  static void training(JsonNode one, Differences found) {
    Sequential network = network(one);
    Tensor x = BrevitasJson.tensor(one.path("X"));
    Tensor y = BrevitasJson.tensor(one.path("y"));
    double rate = one.path("optimizer").path("SGD").path("lr").doubleValue();
    var optimizer = new Sgd(network.parameters(), rate);
    var loss = new CrossEntropyLoss();
    double allowed = 1e-5 + 10 * deviation(one);
    int step = 0;
    for (JsonNode expected : one.path("losses")) {
      optimizer.zeroGrad();
      Tensor now = loss.apply(network.apply(x), y);
      now.backward();
      optimizer.step();
      found.close(
          "loss " + step++, Tensor.scalar(expected.floatValue()), now.detach(), 1e-4, allowed);
    }
    network.eval();
    if (one.has("eval_accuracy")) {
      Tensor right = Grad.off(() -> network.apply(x).argmax(-1).eq(y).to(DType.FLOAT32).mean());
      found.close(
          "accuracy",
          Tensor.scalar(one.path("eval_accuracy").floatValue()),
          right,
          0,
          2.0 / x.size(0));
    }
    one.path("final_params")
        .properties()
        .forEach(entry ->
            found.close(
                entry.getKey(),
                BrevitasJson.tensor(entry.getValue()),
                network.tensor(BrevitasSteps.path(entry.getKey())).detach(),
                1e-3,
                1e-4 + 10 * allowed));
  }

  /// How far losses go apart when weights differ in the last bits.
  private static double deviation(JsonNode one) {
    JsonNode chaos = one.path("max_loss_deviation_when_weights_are_perturbed_by");
    double least = Double.MAX_VALUE;
    for (Map.Entry<String, JsonNode> entry : chaos.properties()) {
      least = Math.min(least, entry.getValue().doubleValue());
    }
    return chaos.isEmpty() ? 0 : least;
  }

  // ---- after training ----

  static void afterTraining(JsonNode one, Differences found) {
    Sequential network = network(one);
    network.eval();
    List<Tensor> batches = BrevitasJson.list(one.path("calibration_batches"));
    Tensor test = BrevitasJson.tensor(one.path("test_input"));
    Calibration.of(network)
        .run(() -> {
          for (int i = 0; i < batches.size(); i++) {
            output(
                "calibration_outputs",
                one.path("calibration_outputs").get(i),
                network,
                batches.get(i),
                found);
          }
        });
    new BrevitasSteps(network, found).states(one.path("state_after_calibration"));
    output("eval_output", one.path("eval_output"), network, test, found);
    QuantStatus.of(network)
        .off()
        .run(() -> output("float_output", one.path("float_output"), network, test, found));
    QuantStatus.of(network)
        .withoutWeights()
        .run(() ->
            output(
                "weight_quant_disabled_output",
                one.path("weight_quant_disabled_output"),
                network,
                test,
                found));
    output("eval_output_again", one.path("eval_output_again"), network, test, found);
    BiasCorrection.of(network).run(() -> batches.forEach(network::apply));
    one.path("bias_after_correction")
        .properties()
        .forEach(entry ->
            BrevitasJson.values(
                entry.getKey(),
                BrevitasJson.tensor(entry.getValue()),
                network.tensor(entry.getKey()).detach(),
                found));
    output(
        "eval_output_after_correction",
        one.path("eval_output_after_correction"),
        network,
        test,
        found);
  }

  private static void output(
      String what, JsonNode expected, Layer<Tensor, Tensor> network, Tensor x, Differences found) {
    if (!expected.isMissingNode()) {
      BrevitasJson.compare(what, expected, Grad.off(() -> network.apply(x)), found);
    }
  }

  static void mergeBatchNorm(JsonNode one, Differences found) {
    var layer = (QuantWeightLayer) BrevitasLayers.build(one);
    BrevitasSteps.set(layer, one.path("params"));
    JsonNode norm = one.path("bn");
    MergeBatchNorm.into(
        layer,
        BrevitasJson.tensor(norm.path("weight")),
        BrevitasJson.tensor(norm.path("bias")),
        BrevitasJson.tensor(norm.path("running_mean")),
        BrevitasJson.tensor(norm.path("running_var")),
        norm.path("eps").doubleValue());
    after(one, layer, found);
    if (one.has("quant_weight_scale") && layer.weightQuant() != null) {
      BrevitasJson.values(
          "weight scale",
          BrevitasJson.tensor(one.path("quant_weight_scale")),
          layer.weightQuant().scale().detach(),
          found);
    }
  }

  private static void after(JsonNode one, Layer<?, ?> layer, Differences found) {
    one.path("after")
        .properties()
        .forEach(entry ->
            BrevitasJson.values(
                entry.getKey(),
                BrevitasJson.tensor(entry.getValue()),
                layer.tensor(entry.getKey()).detach(),
                found));
  }

  static void equalize(JsonNode one, Differences found) {
    Sequential network = plain(one.path("layers"), one.path("params"));
    BrevitasSteps.set(network, one.path("params"));
    Tensor x = BrevitasJson.tensor(one.path("input"));
    output("output_before", one.path("output_before"), network, x, found);
    new Equalization(
            one.path("iterations").asInt(),
            one.path("threshold").doubleValue(),
            one.path("merge_bias").asBoolean())
        .apply(network);
    after(one, network, found);
    output("output_after", one.path("output_after"), network, x, found);
  }

  /// Plain layers given by name, their sizes those of their parameters.
  private static Sequential plain(JsonNode names, JsonNode params) {
    Sequential.Named layers = Sequential.named();
    for (int i = 0; i < names.size(); i++) {
      long[] shape = BrevitasJson.longs(params.path(i + ".weight").path("shape"));
      boolean bias = params.has(i + ".bias");
      String name = names.get(i).asString("");
      Layer<Tensor, Tensor> layer =
          switch (name) {
            case "Conv2d" ->
                new dev.microtome.nn.Conv2d(
                    shape[1],
                    shape[0],
                    new dev.microtome.tensor.Shape(shape[2], shape[3]),
                    bias
                        ? dev.microtome.nn.ConvSettings.DEFAULT
                        : dev.microtome.nn.ConvSettings.DEFAULT.withoutBias());
            case "Linear" -> new dev.microtome.nn.Linear(shape[1], shape[0], bias);
            case "ReLU" -> new dev.microtome.nn.ReLU();
            case "Identity" -> new dev.microtome.nn.Identity<>();
            default -> throw new IllegalStateException("unknown class " + name);
          };
      layers.add(Integer.toString(i), layer);
    }
    return layers.build();
  }

  // ---- checkpoints ----

  static void state(JsonNode one, Differences found) {
    Layer<?, ?> layer = BrevitasLayers.build(one);
    for (Tensor input : BrevitasJson.list(one.path("train_inputs"))) {
      BrevitasSteps.apply(layer.train(), List.of(input), null);
    }
    Map<String, Tensor> saved = BrevitasCheckpoint.of(layer).write();
    found.equal("keys", one.path("brevitas_keys").size(), saved.size());
    one.path("brevitas_keys")
        .properties()
        .forEach(entry -> {
          Tensor got = saved.get(entry.getValue().asString(""));
          if (got == null) {
            found.add(entry.getValue() + " is missing");
            return;
          }
          JsonNode wanted = one.path("state_dict").path(entry.getKey());
          BrevitasJson.values(entry.getKey(), BrevitasJson.tensor(wanted), got, found);
        });
    Layer<?, ?> fresh = BrevitasLayers.build(one);
    if (one.path("load_error").isObject()) {
      BrevitasErrors.expect(
          one.path("load_error"),
          () -> {
            BrevitasCheckpoint.of(fresh).read(saved);
            return null;
          },
          found);
      return;
    }
    BrevitasCheckpoint.of(fresh).read(saved);
    new BrevitasSteps(fresh, found).run(one.path("after_load"));
  }
}
