package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.ParameterValue;
import dev.microtome.tensor.pickle.ScriptValue;
import dev.microtome.tensor.pickle.TupleValue;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The two matrices of one layer and direction of a recurrent network, packed.
///
/// @param reduceRange whether activations are quantized to 7 bits instead of 8
record PackedCell(
    PackedLinear input, PackedLinear hidden, boolean reduceRange, NativeObject packed) {
  /// Activations are quantized to 7 bits, as all newer versions of PyTorch do.
  private static final boolean REDUCE_RANGE = true;

  /// Biases may be absent; the kernel wants them, so they are zeros then.
  static PackedCell of(
      String what,
      Tensor weightIh,
      Tensor weightHh,
      @Nullable Tensor biasIh,
      @Nullable Tensor biasHh,
      DynamicConfig config,
      QuantizedEngine engine) {
    Tensor zeros = Tensor.zeros(new Shape(weightIh.size(0)), DType.FLOAT32);
    Tensor first = biasIh == null ? zeros : biasIh;
    Tensor second = biasHh == null ? zeros : biasHh;
    return of(
        PackedLinear.of(what + " weight_ih", weightIh, first, config, engine),
        PackedLinear.of(what + " weight_hh", weightHh, second, config, engine),
        REDUCE_RANGE);
  }

  static PackedCell of(PackedLinear input, PackedLinear hidden, boolean reduceRange) {
    Object cell =
        input.half()
            ? Ops.call(
                "quantized::make_quantized_cell_params_fp16", input.packed(), hidden.packed())
            : Ops.call(
                "quantized::make_quantized_cell_params_dynamic",
                input.packed(),
                hidden.packed(),
                input.bias(),
                hidden.bias(),
                reduceRange);
    var packed = (NativeObject) Objects.requireNonNull(cell);
    return new PackedCell(input, hidden, reduceRange, packed);
  }

  /// Whether activations are quantized to 7 bits.
  boolean isReduced() {
    return reduceRange && !input.half();
  }

  /// The form in which PyTorch saves a cell.
  ScriptValue pickled() {
    if (input.half()) {
      return cell("quantized_fp16", List.of(), List.of(), half(input), half(hidden));
    }
    var first = new ParameterValue(Objects.requireNonNull(input.bias()));
    var second = new ParameterValue(Objects.requireNonNull(hidden.bias()));
    return cell(
        "quantized_dynamic",
        List.of(first, second),
        List.of(reduceRange ? 1L : 0L),
        linear(input.weight(), first),
        linear(hidden.weight(), second));
  }

  private static ScriptValue cell(
      String kind, List<?> biases, List<Long> ranges, ScriptValue input, ScriptValue hidden) {
    return new ScriptValue(
        ScriptValue.CELL, TupleValue.of(kind, biases, List.of(), ranges, List.of(input, hidden)));
  }

  private static ScriptValue half(PackedLinear matrix) {
    Tensor bias = matrix.bias();
    return linear(matrix.weight(), bias == null ? null : new ParameterValue(bias));
  }

  private static ScriptValue linear(Tensor weight, @Nullable Object bias) {
    return new ScriptValue(ScriptValue.LINEAR, TupleValue.of(weight, bias));
  }

  long bytes() {
    return StoredBytes.of(input) + StoredBytes.of(hidden);
  }
}
