package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.ParameterValue;
import dev.microtome.tensor.pickle.ScriptValue;
import dev.microtome.tensor.pickle.TupleValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// The two matrices of a cell that is called step by step, and the checks its kernel does not make.
record PackedStep(PackedLinear input, PackedLinear hidden) implements Packed {
  /// Quantizes the weights of a cell, whose biases may be absent: the kernel wants them, so they
  /// are zeros then.
  static PackedStep of(Layer<?, ?> cell, DynamicConfig config, QuantizedEngine engine) {
    if (config.dtype() == DType.FLOAT16) {
      throw new IllegalArgumentException("cells have no half-precision kernel; give qint8");
    }
    Map<String, Tensor> weights = cell.namedParameters();
    Tensor ih = cell.tensor("weight_ih");
    Tensor hh = cell.tensor("weight_hh");
    Tensor none = Tensor.zeros(new Shape(ih.size(0)), DType.FLOAT32);
    return new PackedStep(
        PackedLinear.of("weight_ih", ih, weights.getOrDefault("bias_ih", none), config, engine),
        PackedLinear.of("weight_hh", hh, weights.getOrDefault("bias_hh", none), config, engine));
  }

  void check(String layer, Tensor x, Tensor... states) {
    Inputs.checkFloat(layer, x);
    if (x.dim() != 2 || x.size(1) != input.in()) {
      throw new IllegalArgumentException(
          "%s needs an input of (batch, %d), got %s".formatted(layer, input.in(), x.shape()));
    }
    var expected = new Shape(x.size(0), hidden.in());
    for (Tensor state : states) {
      if (!state.shape().equals(expected)) {
        throw new IllegalArgumentException(
            "%s needs a state of %s, got %s".formatted(layer, expected, state.shape()));
      }
      if (state instanceof DenseTensor) {
        Inputs.checkFloat(layer, state);
        Inputs.checkFinite(layer, state);
      }
    }
    Inputs.checkFinite(layer, x);
  }

  Tensor zeros(Tensor x) {
    return Tensor.zeros(new Shape(x.size(0), hidden.in()), DType.FLOAT32);
  }

  @Override
  public Map<String, Tensor> quantizedWeights() {
    var weights = new LinkedHashMap<String, Tensor>();
    weights.put("weight_ih", input.weight());
    weights.put("weight_hh", hidden.weight());
    return weights;
  }

  @Override
  public Map<String, Object> pickledState() {
    var state = new LinkedHashMap<String, Object>();
    state.put("_packed_weight_ih", pickled(input));
    state.put("_packed_weight_hh", pickled(hidden));
    return state;
  }

  @Override
  public Map<String, Long> versions() {
    return Map.of("", 1L);
  }

  private static ScriptValue pickled(PackedLinear matrix) {
    Tensor bias = Objects.requireNonNull(matrix.bias());
    return new ScriptValue(
        ScriptValue.LINEAR, TupleValue.of(matrix.weight(), new ParameterValue(bias)));
  }

  @Override
  public long bytes() {
    return StoredBytes.of(input) + StoredBytes.of(hidden);
  }

  @Override
  public String describe() {
    return input.in() + ", " + hidden.in();
  }
}
