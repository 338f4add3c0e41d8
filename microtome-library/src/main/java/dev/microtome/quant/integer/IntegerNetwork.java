package dev.microtome.quant.integer;

import dev.microtome.nn.Layer;
import dev.microtome.quant.ActQuant;
import dev.microtome.quant.QuantActivation;
import dev.microtome.quant.QuantEltwiseAdd;
import dev.microtome.quant.QuantGraph;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantSigmoid;
import dev.microtome.quant.QuantTanh;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.QuantWeightLayer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A quantized network in whole numbers: linear layers and convolutions of images, rectifiers,
/// pools, sums, reshaping.
///
/// ```java
/// IntegerNetwork integers = IntegerNetwork.of(net, x);
/// System.out.println(integers.table());
/// Tensor y = integers.apply(x);          // within one step of net in evaluation
/// ```
///
/// Between the input and the result only integers are added, multiplied, compared and shifted.
public final class IntegerNetwork {
  private final QuantGraph seen;
  private final Map<Integer, IntegerLayer> weighted = new LinkedHashMap<>();
  private final Map<String, IntegerGrid> grids = new HashMap<>();

  private IntegerNetwork(QuantGraph seen) {
    this.seen = seen;
  }

  /// Takes the integers out of a network; the input gives the shape of images.
  ///
  /// @throws IllegalArgumentException when a layer has none; the message names it
  public static IntegerNetwork of(Layer<Tensor, Tensor> network, Tensor input) {
    boolean before = network.isTraining();
    network.eval();
    try {
      var integers = new IntegerNetwork(QuantGraph.of(network, input));
      Grad.off(() -> integers.run(input));
      return integers;
    } finally {
      network.train(before);
    }
  }

  /// The result for an input of the same shape, computed in integers.
  public Tensor apply(Tensor input) {
    if (!input.shape().equals(seen.value(0).shape())) {
      throw new IllegalArgumentException(
          "this network was made for inputs %s, got %s"
              .formatted(seen.value(0).shape(), input.shape()));
    }
    return Grad.off(() -> run(input));
  }

  /// What each layer with a weight computes with, in order.
  public List<IntegerLayer> layers() {
    return List.copyOf(weighted.values());
  }

  /// [#layers] as a table: bits, shapes, scales, zero points, multipliers.
  public String table() {
    return IntegerLayer.table(layers());
  }

  /// Everything as tensors by path, for a safetensors file.
  public Map<String, Tensor> tensors() {
    var all = new LinkedHashMap<String, Tensor>();
    layers().forEach(layer -> all.putAll(layer.tensors()));
    return all;
  }

  private Tensor run(Tensor input) {
    Map<Integer, IntegerValue> values = new HashMap<>();
    for (QuantGraph.Step step : seen.steps()) {
      int from = step.inputs().getFirst();
      IntegerValue value =
          switch (step) {
            case QuantGraph.LayerStep layer -> layer(layer, values, input);
            case QuantGraph.OperationStep operation ->
                operation(operation, known(values, from, step), values);
          };
      values.put(step.output(), value);
    }
    return Objects.requireNonNull(values.get(seen.result())).real();
  }

  private static IntegerValue known(
      Map<Integer, IntegerValue> values, int number, QuantGraph.Step step) {
    IntegerValue value = values.get(number);
    if (value == null) {
      throw new IllegalArgumentException(
          "%s gets real numbers: put them on a grid first, with a QuantIdentity at the start"
              .formatted(step.name()));
    }
    return value;
  }

  // ---- layers ----

  private IntegerValue layer(
      QuantGraph.LayerStep step, Map<Integer, IntegerValue> values, Tensor input) {
    int from = step.inputs().getFirst();
    return switch (step.layer()) {
      case QuantSigmoid _, QuantTanh _ ->
          throw new IllegalArgumentException(
              step.name() + ": a curve is no integer arithmetic; use a rectifier");
      case QuantActivation act -> activation(step, act, values.get(from), input);
      case QuantWeightLayer weighty -> sums(step, weighty, values.get(from), input);
      case QuantEltwiseAdd add -> sum(step, add, values);
      default ->
          throw new IllegalArgumentException(
              "%s (%s) has no integers here"
                  .formatted(step.name(), step.layer().getClass().getSimpleName()));
    };
  }

  private IntegerGrid grid(String name, ActQuant quant, boolean relu) {
    return grids.computeIfAbsent(name, key -> IntegerGrid.of(key, quant, relu));
  }

  private static IntegerValue onGrid(IntegerGrid grid, @Nullable IntegerValue value, Tensor input) {
    if (value == null) {
      return grid.quantize(input);
    }
    if (value.sumsOf != null) {
      value.sumsOf.goesTo(grid);
    }
    return grid.requantize(value);
  }

  private IntegerValue activation(
      QuantGraph.LayerStep step, QuantActivation act, @Nullable IntegerValue x, Tensor input) {
    boolean relu = act instanceof QuantReLU;
    if (act.settings().act() == null) {
      IntegerValue value = x == null ? known(Map.of(), 0, step) : x;
      return relu ? relu(value) : value;
    }
    return onGrid(grid(step.name(), act.actQuant(), relu), x, input);
  }

  private static IntegerValue relu(IntegerValue x) {
    return x.with(Arrays.stream(x.q).map(q -> Math.max(q, x.zeroPoint)).toArray(), x.shape);
  }

  private IntegerValue sums(
      QuantGraph.LayerStep step, QuantWeightLayer layer, @Nullable IntegerValue x, Tensor input) {
    ActQuant before = layer.inputQuant();
    IntegerValue in =
        before == null ? x : onGrid(grid(step.name() + ".input_quant", before, false), x, input);
    if (in == null) {
      return known(Map.of(), 0, step);
    }
    if (in.scale.length > 1) {
      throw new IllegalArgumentException(
          step.name() + " gets sums of different scales: put a QuantIdentity before it");
    }
    IntegerLayer integers =
        weighted.computeIfAbsent(
            step.output(),
            _ ->
                new IntegerLayer(
                    new IntegerWeights(step.name(), layer, in.scale[0]), in.zeroPoint));
    IntegerValue sums = integers.sums(in);
    ActQuant after = layer.outputQuant();
    return after == null
        ? sums
        : onGrid(grid(step.name() + ".output_quant", after, false), sums, input);
  }

  private IntegerValue sum(
      QuantGraph.LayerStep step, QuantEltwiseAdd add, Map<Integer, IntegerValue> values) {
    IntegerValue a = known(values, step.inputs().get(0), step);
    IntegerValue b = known(values, step.inputs().get(1), step);
    ActQuant before = add.inputQuant();
    if (before != null) {
      IntegerGrid grid = grid(step.name() + ".input_quant", before, false);
      a = grid.requantize(a);
      b = grid.requantize(b);
    }
    IntegerValue sum = IntegerOperations.sum(a, b, step.name());
    ActQuant after = add.outputQuant();
    return after == null ? sum : grid(step.name() + ".output_quant", after, false).requantize(sum);
  }

  // ---- operations between layers ----

  private IntegerValue operation(
      QuantGraph.OperationStep step, IntegerValue x, Map<Integer, IntegerValue> values) {
    Shape out = QuantTensor.valueOf(seen.value(step.output())).shape();
    return switch (step.call().name()) {
      case "aten::relu" -> relu(x);
      case "aten::flatten", "aten::view", "aten::reshape" ->
          IntegerOperations.reshaped(x, out, step.name());
      case "aten::max_pool2d" -> IntegerPools.apply(step.call(), x, out, true);
      case "aten::avg_pool2d" -> IntegerPools.apply(step.call(), x, out, false);
      case "aten::adaptive_avg_pool2d" -> IntegerPools.adaptive(x, out);
      case "aten::dropout", "aten::alias", "aten::contiguous", "aten::detach" -> x;
      case "aten::add" ->
          IntegerOperations.sum(x, known(values, step.inputs().getLast(), step), step.name());
      default ->
          throw new IllegalArgumentException(
              "%s is no integer arithmetic known here".formatted(step.call()));
    };
  }
}
