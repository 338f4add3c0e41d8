package dev.microtome.quant.integer;

import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Shape;
import java.util.Objects;

/// Pools of integers: the largest of a window, or its sum on a finer grid.
final class IntegerPools {
  private IntegerPools() {}

  /// `aten::max_pool2d` and `aten::avg_pool2d`.
  static IntegerValue apply(OpCall call, IntegerValue x, Shape out, boolean largest) {
    long[] kernel = spread((long[]) Objects.requireNonNull(call.arg(1)));
    long[] stride =
        call.arg(2) instanceof long[] given && given.length > 0 ? spread(given) : kernel;
    long[] padding = call.arg(3) instanceof long[] given ? spread(given) : new long[2];
    return pool(x, out, kernel, stride, padding, largest);
  }

  /// `aten::adaptive_avg_pool2d` whose windows are all of one size.
  static IntegerValue adaptive(IntegerValue x, Shape out) {
    long[] kernel = {x.shape.get(2) / out.get(2), x.shape.get(3) / out.get(3)};
    if (x.shape.get(2) % out.get(2) != 0 || x.shape.get(3) % out.get(3) != 0) {
      throw new IllegalArgumentException(
          "windows of different sizes, from %s to %s, have no integers".formatted(x.shape, out));
    }
    return pool(x, out, kernel, kernel, new long[2], false);
  }

  private static long[] spread(long[] sizes) {
    return sizes.length == 1 ? new long[] {sizes[0], sizes[0]} : sizes;
  }

  private static IntegerValue pool(
      IntegerValue x, Shape out, long[] kernel, long[] stride, long[] padding, boolean largest) {
    int height = (int) x.shape.get(2);
    int width = (int) x.shape.get(3);
    int places = (int) (out.get(2) * out.get(3));
    long[] q = new long[(int) out.numel()];
    for (int at = 0; at < q.length; at++) {
      int plane = at / places * height * width;
      long top = at % places / out.get(3) * stride[0] - padding[0];
      long left = at % places % out.get(3) * stride[1] - padding[1];
      long found = largest ? Long.MIN_VALUE : 0;
      for (long i = Math.max(top, 0); i < Math.min(top + kernel[0], height); i++) {
        for (long j = Math.max(left, 0); j < Math.min(left + kernel[1], width); j++) {
          long value = x.q[plane + (int) (i * width + j)] - x.zeroPoint;
          found = largest ? Math.max(found, value) : found + value;
        }
      }
      q[at] = found;
    }
    double[] scale = x.scale.clone();
    for (int c = 0; c < scale.length; c++) {
      scale[c] = largest ? scale[c] : scale[c] / (kernel[0] * kernel[1]);
    }
    return new IntegerValue(q, out, scale, 0);
  }
}
