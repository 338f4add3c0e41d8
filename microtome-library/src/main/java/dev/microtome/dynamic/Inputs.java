package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;

/// What quantized kernels do not check themselves. Some read past the end of a matrix when widths
/// differ, and most take NaN for an ordinary number.
public final class Inputs {
  private Inputs() {}

  /// `x` without numbers and with another width: what a quantized kernel, which can't be run on
  /// shapes alone, would give.
  public static Tensor shapeOnly(Tensor x, long width) {
    long[] shape = x.shape().dims();
    shape[shape.length - 1] = width;
    return ShapeOnly.of(new Shape(shape), DType.FLOAT32);
  }

  public static void checkFloat(String layer, Tensor x) {
    if (x.dtype() != DType.FLOAT32) {
      throw new IllegalArgumentException(
          "%s needs float32 input, got %s".formatted(layer, x.dtype()));
    }
  }

  /// A sum is a cheap witness: only a suspicious one is looked at number by number. What has no
  /// numbers yet passes.
  public static void checkFinite(String layer, Tensor x) {
    if (x instanceof DenseTensor
        && x.numel() > 0
        && !Double.isFinite(x.sum().item())
        && !(Double.isFinite(x.min().item()) && Double.isFinite(x.max().item()))) {
      throw new IllegalArgumentException(
          "%s got NaN or infinity in its input, which quantization would hide".formatted(layer));
    }
  }
}
