package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;

/// The grid an activation is put on while a layer runs: `x ≈ scale · (q - zeroPoint)` with `q` a
/// whole number of 8 bits, or of 7 so that sums of two products can't overflow 16 bits.
///
/// The arithmetic is that of the kernels (fbgemm's `ChooseQuantizationParams`), float and double
/// where they have it: the range always holds 0, and 0 is a number of the grid.
public record ActivationGrid(double scale, int zeroPoint) {
  private static final float SMALLEST = 6.1e-5f;

  /// The grid of a tensor: of its least and its greatest number.
  public static ActivationGrid of(Tensor x, boolean reduceRange) {
    boolean empty = x.numel() == 0;
    return between(
        empty ? 0 : (float) x.min().item(), empty ? 0 : (float) x.max().item(), reduceRange);
  }

  /// The grid of numbers between `least` and `greatest`.
  public static ActivationGrid between(float least, float greatest, boolean reduceRange) {
    int levels = reduceRange ? 127 : 255;
    float min = Math.min(least, 0f);
    float max = Math.max(greatest, 0f);
    double scale = ((double) max - min) / levels;
    if ((float) scale == 0f || Float.isInfinite(1f / (float) scale)) {
      scale = 0.1;
    }
    if (scale < SMALLEST) {
      float given = (float) scale;
      scale = SMALLEST;
      if (min == 0f) {
        max = SMALLEST * levels;
      } else if (max == 0f) {
        min = -SMALLEST * levels;
      } else {
        float amplifier = SMALLEST / given;
        min *= amplifier;
        max *= amplifier;
      }
    }
    double fromMin = -(min / scale);
    double fromMax = levels - max / scale;
    double minError = Math.abs(min / scale);
    double maxError = levels + Math.abs(max / scale);
    double zero = minError < maxError ? fromMin : fromMax;
    long rounded = Math.round(Math.rint(zero));
    return new ActivationGrid(scale, (int) Math.clamp(rounded, 0L, (long) levels));
  }

  /// The whole numbers of `x` on this grid, as a quantized tensor.
  public Tensor quantize(Tensor x) {
    return Ops.tensor("aten::quantize_per_tensor", x, scale, (long) zeroPoint, DType.QUINT8);
  }
}
