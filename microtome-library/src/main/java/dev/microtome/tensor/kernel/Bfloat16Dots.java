package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static dev.microtome.tensor.kernel.Memory.INTS;
import static dev.microtome.tensor.kernel.Memory.ORDER;
import static dev.microtome.tensor.kernel.Memory.SECOND;
import static dev.microtome.tensor.kernel.Memory.VECTOR;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// As [FloatDots] for bfloat16. Two neighbours are one 32-bit number; the first of them is its
/// lower half, shifted up, the second its upper half. So `x` is laid out anew, as float32, every
/// first number and then every second.
final class Bfloat16Dots extends RowDots {
  private final long x; // rows × (inputs / 2 first ones, inputs / 2 second ones)
  private final long sums; // rows × outputs

  Bfloat16Dots(MatVec m) {
    super(m);
    x = Scratch.of(4L * m.rows() * (m.inputs() + (long) m.outputs()));
    sums = x + 4L * m.rows() * m.inputs();
    for (int row = 0; row < m.rows(); row++) {
      long from = m.x() + 2L * row * m.inputs();
      long to = x + 4L * row * m.inputs();
      separate(from, to, to + 2L * m.inputs(), m.inputs());
    }
  }

  private static void separate(long x, long first, long second, int count) {
    for (long k = 0; k < count; k += 2) {
      Memory.putFloat(first + 2 * k, Memory.getBfloat16(x + 2 * k));
      Memory.putFloat(second + 2 * k, Memory.getBfloat16(x + 2 * k + 2));
    }
  }

  @Override
  void outputs(int row, int n, int count) {
    long bytes = 2L * m.inputs();
    long at = (long) row * m.outputs() + n;
    long first = x + 4L * row * m.inputs();
    dots(m.weight() + n * bytes, first, first + bytes, sums + 4 * at, count, bytes, VECTOR);
    round(sums + 4 * at, m.bias() == 0 ? 0 : m.bias() + 2L * n, m.out() + 2 * at, count);
  }

  /// `sums[n] = w[n] · x` for `count` runs of `bytes` each.
  private static void dots(
      long w, long first, long second, long sums, long count, long bytes, long step) {
    long pairs = (count + 1) / 2;
    long other = count - pairs; // the middle one of an odd number is computed twice
    for (long n = 0; n < pairs; n++) {
      long v = w + other * bytes;
      FloatVector a = FloatVector.zero(FLOATS);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      for (long u = 0; u < bytes; u += step) {
        FloatVector x0 = FloatVector.fromMemorySegment(FLOATS, ALL, first + u, ORDER);
        FloatVector x1 = FloatVector.fromMemorySegment(FLOATS, ALL, second + u, ORDER);
        IntVector p = IntVector.fromMemorySegment(INTS, ALL, w + u, ORDER);
        IntVector q = IntVector.fromMemorySegment(INTS, ALL, v + u, ORDER);
        a = p.lanewise(LSHL, 16).reinterpretAsFloats().fma(x0, a);
        b = q.lanewise(LSHL, 16).reinterpretAsFloats().fma(x0, b);
        c = p.and(SECOND).reinterpretAsFloats().fma(x1, c);
        d = q.and(SECOND).reinterpretAsFloats().fma(x1, d);
      }
      Memory.putFloat(sums + 4 * n, a.add(c).reduceLanes(ADD));
      Memory.putFloat(sums + 4 * (n + other), b.add(d).reduceLanes(ADD));
      w += bytes;
    }
  }

  private static void round(long sums, long bias, long out, int count) {
    for (long n = 0; n < count; n++) {
      float plus = bias == 0 ? 0 : Memory.getBfloat16(bias + 2 * n);
      Memory.putBfloat16(out + 2 * n, Memory.getFloat(sums + 4 * n) + plus);
    }
  }
}
