package dev.microtome.quant;

import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.Tensor;

/// Clamps to `min` and `max` by a grid of that range, which is learned from there on; the grid is
/// symmetric, so the larger of both bounds counts. Without a quantizer it clamps to just these
/// bounds, and keeps the grid it gets.
public final class QuantHardTanh extends QuantActivation {
  private final double min;
  private final double max;

  /// With [Quantizers#Int8ActPerTensorFloatMinMaxInit].
  public QuantHardTanh(double min, double max) {
    this(min, max, ActSettings.of(Quantizers.Int8ActPerTensorFloatMinMaxInit(min, max)));
  }

  public QuantHardTanh(double min, double max, ActSettings settings) {
    if (!(min < max)) {
      throw new IllegalArgumentException(
          "no numbers lie between min %s and max %s".formatted(min, max));
    }
    super(settings, true);
    this.min = min;
    this.max = max;
  }

  /// What [#QuantHardTanh(double, double)] does with quantizers.
  public static ActSettings settings(double min, double max) {
    return ActSettings.of(Quantizers.Int8ActPerTensorFloatMinMaxInit(min, max));
  }

  @Override
  Tensor activation(Tensor value) {
    return value; // the grid clamps
  }

  @Override
  Tensor unquantized(Tensor x) {
    return x.hardtanh(min, max);
  }

  /// The grid did the clamping: without it nothing does.
  @Override
  Tensor switchedOff(Tensor x) {
    return x;
  }

  @Override
  protected QuantHardTanh twin() {
    return new QuantHardTanh(min, max, settings().alone());
  }

  @Override
  protected String describe() {
    String more = super.describe();
    return "min_val=%s, max_val=%s%s"
        .formatted(PythonFormat.of(min), PythonFormat.of(max), more.isEmpty() ? "" : ", " + more);
  }
}
