package dev.microtome.quant;

import org.jspecify.annotations.Nullable;

/// What [QuantEltwiseAdd] and [QuantCat] do with quantizers.
///
/// @param input puts all operands on one grid; null for none
/// @param output puts the result on a grid; null for none
/// @param returnQuantTensor whether the result tells its grid
public record PairSettings(
    @Nullable Quantization input, @Nullable Quantization output, boolean returnQuantTensor) {
  /// 8 signed bits before and after.
  public static final PairSettings DEFAULT =
      new PairSettings(Quantizers.Int8ActPerTensorFloat, Quantizers.Int8ActPerTensorFloat, false);

  public PairSettings withInput(@Nullable Quantization next) {
    return new PairSettings(next, output, returnQuantTensor);
  }

  public PairSettings withOutput(@Nullable Quantization next) {
    return new PairSettings(input, next, returnQuantTensor);
  }

  public PairSettings returningQuantTensor() {
    return new PairSettings(input, output, true);
  }

  PairSettings alone() {
    return new PairSettings(ActSettings.alone(input), ActSettings.alone(output), returnQuantTensor);
  }
}
