package dev.microtome.quant;

import org.jspecify.annotations.Nullable;

/// What a quantized layer with a weight does with quantizers.
///
/// @param weight of the weight; null for none
/// @param bias of the bias; null for none
/// @param input puts the input on a grid first; null for none
/// @param output puts the result on a grid; null for none
/// @param returnQuantTensor whether the result tells its grid
public record WeightSettings(
    @Nullable WeightQuantization weight,
    @Nullable Quantizer bias,
    @Nullable Quantization input,
    @Nullable Quantization output,
    boolean returnQuantTensor) {
  /// An 8-bit weight, and nothing else on a grid.
  public static final WeightSettings DEFAULT =
      new WeightSettings(Quantizers.Int8WeightPerTensorFloat, null, null, null, false);

  public static WeightSettings of(WeightQuantization weight) {
    return DEFAULT.withWeight(weight);
  }

  public WeightSettings withWeight(@Nullable WeightQuantization next) {
    return new WeightSettings(next, bias, input, output, returnQuantTensor);
  }

  public WeightSettings withBias(@Nullable Quantizer next) {
    return new WeightSettings(weight, next, input, output, returnQuantTensor);
  }

  public WeightSettings withInput(@Nullable Quantization next) {
    return new WeightSettings(weight, bias, next, output, returnQuantTensor);
  }

  public WeightSettings withOutput(@Nullable Quantization next) {
    return new WeightSettings(weight, bias, input, next, returnQuantTensor);
  }

  public WeightSettings returningQuantTensor() {
    return new WeightSettings(weight, bias, input, output, true);
  }

  /// The same without what other layers share.
  WeightSettings alone() {
    Quantizer own =
        switch (weight) {
          case null -> null;
          case Quantizer quantizer -> quantizer;
          case WeightQuant live -> live.quantizer();
        };
    return new WeightSettings(
        own, bias, ActSettings.alone(input), ActSettings.alone(output), returnQuantTensor);
  }
}
