package dev.microtome.bench.golden;

import dev.microtome.nn.Layer;
import dev.microtome.quant.QuantCat;
import dev.microtome.quant.QuantEltwiseAdd;
import dev.microtome.quant.QuantEmbedding;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.QuantWeightLayer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Runs layers through recorded steps: outputs, gradients, and what is collected.
final class BrevitasSteps {
  private static final double STEP_FACTOR = 0.75; // weights are multiplied by it after step 0

  private final Layer<?, ?> layer;
  private final Differences found;

  BrevitasSteps(Layer<?, ?> layer, Differences found) {
    this.layer = layer;
    this.found = found;
  }

  static void module(JsonNode one, Differences found) {
    Layer<?, ?> layer = BrevitasLayers.build(one);
    set(layer, one.path("params"));
    new BrevitasSteps(layer, found).run(one.path("steps"));
  }

  static void sequential(JsonNode one, Differences found) {
    Layer<?, ?> layer = BrevitasLayers.sequence(one.path("layers"));
    set(layer, one.path("params"));
    new BrevitasSteps(layer, found).run(one.path("steps"));
  }

  static void afterCollection(JsonNode one, Differences found) {
    Layer<?, ?> layer = BrevitasLayers.build(one);
    Tensor any = BrevitasJson.any(one.path("steps").get(0).path("input")).copy();
    long steps = one.path("kwargs").path("collect_stats_steps").asLong(300) + 1;
    for (long i = 0; i < steps; i++) {
      apply(layer.train(), List.of(any), null);
    }
    set(layer, one.path("params"));
    set(layer, one.path("set_params"));
    new BrevitasSteps(layer, found).run(one.path("steps"));
  }

  static void quantWeight(JsonNode one, Differences found) {
    Layer<?, ?> layer = BrevitasLayers.build(one);
    set(layer, one.path("params"));
    var steps = new BrevitasSteps(layer, found);
    int i = 0;
    for (JsonNode step : one.path("steps")) {
      found.at("step " + i + ", ");
      layer.train(step.path("mode").asString("").equals("train"));
      layer.zeroGrad();
      Tensor weight =
          switch (layer) {
            case QuantWeightLayer weighty -> weighty.quantWeight();
            case QuantEmbedding table -> table.quantWeight();
            default -> throw new IllegalStateException("no weight in " + layer);
          };
      BrevitasJson.compare("weight", step.path("output"), weight, found);
      steps.backward(weight, step.path("grad_output"));
      steps.gradients(step.path("grads"), null);
      steps.states(step.path("state"));
      if (step.has("weight_after")) {
        BrevitasJson.values(
            "weight after",
            BrevitasJson.tensor(step.path("weight_after")),
            layer.tensor("weight"),
            found);
      }
      if (i++ == 0) {
        Grad.off(() -> layer.tensor("weight").mul_(STEP_FACTOR));
      }
    }
  }

  /// Sets parameters by Brevitas' short names.
  static void set(Layer<?, ?> layer, JsonNode params) {
    params
        .properties()
        .forEach(entry -> {
          Tensor target = layer.tensor(path(entry.getKey()));
          Grad.off(() ->
              BrevitasJson.isTensor(entry.getValue())
                  ? target.copy_(BrevitasJson.tensor(entry.getValue()))
                  : target.fill_(entry.getValue().doubleValue()));
        });
  }

  /// Where a parameter of a short name lies: `2.act_quant.scale` is `2.act_quant.scale.value`.
  static String path(String name) {
    if (name.endsWith("_quant.scale") || name.endsWith("_quant.zero_point")) {
      return name + ".value";
    }
    return name.replaceFirst("_quant\\.affine_weight$", "_quant.scale.affine_weight");
  }

  void run(JsonNode steps) {
    int i = 0;
    for (JsonNode step : steps) {
      found.at("step " + i++ + ", ");
      layer.train(step.path("mode").asString("").equals("train"));
      if (step.has("cycle")) {
        cycle(step);
      } else {
        step(step);
      }
      states(step.path("state"));
    }
  }

  private void cycle(JsonNode step) {
    List<Tensor> inputs = BrevitasJson.list(step.path("cycle"));
    Tensor last = null;
    for (int i = 0; i < step.path("count").asInt(); i++) {
      last = apply(layer, List.of(inputs.get(i % inputs.size())), null);
    }
    if (last != null && step.has("output_last")) {
      BrevitasJson.compare("output", step.path("output_last"), last, found);
    }
  }

  private void step(JsonNode step) {
    var inputs = new ArrayList<Tensor>();
    inputs.add(BrevitasJson.any(step.path("input")));
    inputs.addAll(BrevitasJson.list(step.path("extra_inputs")));
    Tensor leaf = QuantTensor.valueOf(inputs.getFirst());
    if (leaf.dtype().isFloatingPoint()) {
      leaf.requiresGrad_(true);
    }
    layer.zeroGrad();
    Tensor output = apply(layer, inputs, null);
    BrevitasJson.compare("output", step.path("output"), output, found);
    backward(output, step.path("grad_output"));
    gradients(step.path("grads"), leaf);
  }

  private void backward(Tensor output, JsonNode weights) {
    Tensor value = QuantTensor.valueOf(output);
    if (BrevitasJson.isTensor(weights) && value.requiresGrad()) {
      value.mul(BrevitasJson.tensor(weights)).sum().backward();
    }
  }

  private void gradients(JsonNode expected, @Nullable Tensor input) {
    for (Map.Entry<String, JsonNode> entry : expected.properties()) {
      String name = entry.getKey();
      Tensor of = name.equals("input") && input != null ? input : layer.tensor(path(name));
      BrevitasJson.gradient(
          "gradient of " + name, entry.getValue(), of.hasGrad() ? of.grad() : null, found);
    }
  }

  /// Compares counters, averages and learned values.
  void states(JsonNode states) {
    for (Map.Entry<String, JsonNode> entry : states.properties()) {
      String name = entry.getKey().replace("_quant.runtime_stats.running_stats", "_quant.scale");
      state(name, entry.getValue());
    }
  }

  private void state(String name, JsonNode state) {
    long steps = state.path("collect_stats_steps").asLong(Long.MAX_VALUE);
    long count = state.path("counter").asLong(0);
    if (state.has("counter")) {
      found.equal(name + " counter", count, layer.tensor(name + ".count").itemLong());
    }
    if (state.has("buffer") && count > 0 && count <= steps) {
      number(name + " average", state.path("buffer"), layer.tensor(name + ".average"));
    }
    if (state.has("value")) {
      number(name + " value", state.path("value"), layer.tensor(name + ".value"));
    }
    if (state.has("init_done")) {
      found.equal(
          name + " adopted",
          state.path("init_done").asBoolean(),
          layer.tensor(name + ".adopted").itemLong() != 0);
    }
  }

  private void number(String what, JsonNode expected, Tensor actual) {
    BrevitasJson.values(what, BrevitasJson.tensor(expected), actual.detach(), found);
  }

  /// Runs a layer of any input.
  @SuppressWarnings("unchecked") // recorded layers take one tensor, but for those named here
  static Tensor apply(Layer<?, ?> layer, List<Tensor> inputs, @Nullable Integer dim) {
    return switch (layer) {
      case QuantEltwiseAdd add ->
          add.apply(new QuantEltwiseAdd.Input(inputs.get(0), inputs.get(1)));
      case QuantCat cat -> cat.apply(new QuantCat.Input(inputs, dim == null ? 1 : dim));
      case QuantEmbedding table -> table.apply(inputs.getFirst().to(DType.INT64));
      default -> ((Layer<Tensor, Tensor>) layer).apply(inputs.getFirst());
    };
  }
}
