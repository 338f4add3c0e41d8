package dev.microtome.quant;

import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Average pooling on a grid: the sum lies on the same grid, the average on one as many times
/// finer.
final class AveragePools {
  private static final int DIVISOR = 6;

  private AveragePools() {}

  /// `(input, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)`.
  static @Nullable Object fixed(OpCall call) {
    if (!(call.arg(0) instanceof QuantTensor input)) {
      return QuantOperations.plain(call);
    }
    long[] kernel = (long[]) java.util.Objects.requireNonNull(call.arg(1));
    long size = kernel.length == 1 ? kernel[0] * kernel[0] : new Shape(kernel).numel();
    long divisor = call.arg(DIVISOR) instanceof Number number ? number.longValue() : size;
    return averaged(input, QuantOperations.plainTensor(call), divisor);
  }

  /// `(input, output size)`: the windows are those an ordinary pool of that output would have.
  static @Nullable Object adaptive(OpCall call) {
    if (!(call.arg(0) instanceof QuantTensor input)) {
      return QuantOperations.plain(call);
    }
    Tensor output = QuantOperations.plainTensor(call);
    return averaged(input, output, window(input.shape(), output.shape()));
  }

  /// Elements in a window: `in − (out − 1) · floor(in / out)` in each dimension.
  private static long window(Shape in, Shape out) {
    long size = 1;
    for (int dim = 2; dim < in.rank(); dim++) {
      long stride = in.get(dim) / out.get(dim);
      size *= in.get(dim) - (out.get(dim) - 1) * stride;
    }
    return size;
  }

  private static QuantTensor averaged(QuantTensor input, Tensor output, long elements) {
    return new QuantTensor(
        output,
        input.scale().div(elements),
        input.zeroPoint(),
        bits(input.bitWidth(), elements),
        input.signed(),
        input.training(),
        input.origin());
  }

  /// Bits that hold the sum of `elements` integers: `ceil(log2((2^b − 1) · elements))`.
  static Tensor bits(Tensor bitWidth, long elements) {
    return StraightThrough.ceil(IntRange.max(bitWidth, false, false).mul(elements).log2());
  }
}
