package dev.microtome.quant;

import org.jspecify.annotations.Nullable;

/// What a quantized activation does with quantizers.
///
/// @param act puts the result on a grid; null for none
/// @param input puts the input on a grid first; null for none
/// @param returnQuantTensor whether the result tells its grid
public record ActSettings(
    @Nullable Quantization act, @Nullable Quantization input, boolean returnQuantTensor) {
  /// No quantizer: the layer is the plain one, and hands on the grid of what it gets if it can.
  public static final ActSettings NONE = new ActSettings(null, null, false);

  public static ActSettings of(Quantization act) {
    return new ActSettings(act, null, false);
  }

  public ActSettings withAct(@Nullable Quantization next) {
    return new ActSettings(next, input, returnQuantTensor);
  }

  public ActSettings withInput(@Nullable Quantization next) {
    return new ActSettings(act, next, returnQuantTensor);
  }

  public ActSettings returningQuantTensor() {
    return new ActSettings(act, input, true);
  }

  /// The same without what other layers share.
  ActSettings alone() {
    return new ActSettings(alone(act), alone(input), returnQuantTensor);
  }

  static @Nullable Quantizer alone(@Nullable Quantization quantization) {
    return switch (quantization) {
      case null -> null;
      case Quantizer quantizer -> quantizer;
      case ActQuant live -> live.quantizer();
    };
  }
}
