package dev.microtome.quant.integer;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Integers that stand for `(q − zeroPoint) · scale`, row by row; with a scale for each channel
/// (dimension 1) or one for all.
final class IntegerValue {
  final long[] q;
  final Shape shape;
  final double[] scale;
  final long zeroPoint;

  /// The layer whose sums these are, as long as they are; null for others.
  final @Nullable IntegerLayer sumsOf;

  IntegerValue(long[] q, Shape shape, double[] scale, long zeroPoint) {
    this(q, shape, scale, zeroPoint, null);
  }

  IntegerValue(
      long[] q, Shape shape, double[] scale, long zeroPoint, @Nullable IntegerLayer sumsOf) {
    this.sumsOf = sumsOf;
    this.q = q;
    this.shape = shape;
    this.scale = scale;
    this.zeroPoint = zeroPoint;
  }

  /// The channel of an element.
  int channel(int index) {
    return scale.length == 1 ? 0 : (int) (index / inner() % shape.get(1));
  }

  private long inner() {
    long size = 1;
    for (int dim = 2; dim < shape.rank(); dim++) {
      size *= shape.get(dim);
    }
    return size;
  }

  IntegerValue with(long[] numbers, Shape other) {
    return new IntegerValue(numbers, other, scale, zeroPoint, sumsOf);
  }

  IntegerValue from(IntegerLayer layer) {
    return new IntegerValue(q, shape, scale, zeroPoint, layer);
  }

  /// The real numbers.
  Tensor real() {
    float[] real = new float[q.length];
    for (int i = 0; i < real.length; i++) {
      real[i] = (float) ((q[i] - zeroPoint) * scale[channel(i)]);
    }
    return Tensor.from(real, shape.dims());
  }
}
