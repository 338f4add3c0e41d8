package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static dev.microtome.tensor.kernel.Memory.ORDER;
import static dev.microtome.tensor.kernel.Memory.VECTOR;
import static jdk.incubator.vector.VectorOperators.ADD;

import jdk.incubator.vector.FloatVector;

/// [RowDots] of float32. Two outputs that are far apart are computed together: two sequential
/// streams keep the memory busier than one.
final class FloatDots extends RowDots {
  FloatDots(MatVec m) {
    super(m);
  }

  @Override
  void outputs(int row, int n, int count) {
    long bytes = 4L * m.inputs();
    long out = m.out() + 4 * ((long) row * m.outputs() + n);
    dots(m.weight() + n * bytes, m.x() + row * bytes, out, count, bytes, 2 * VECTOR);
    if (m.bias() != 0) {
      add(m.bias() + 4L * n, out, count);
    }
  }

  /// `out[n] = w[n] · x` for `count` runs of `bytes` each.
  private static void dots(long w, long x, long out, long count, long bytes, long step) {
    long pairs = (count + 1) / 2;
    long other = count - pairs; // the middle one of an odd number is computed twice
    for (long n = 0; n < pairs; n++) {
      long v = w + other * bytes;
      FloatVector a = FloatVector.zero(FLOATS);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      for (long u = 0; u < bytes; u += step) {
        FloatVector x0 = FloatVector.fromMemorySegment(FLOATS, ALL, x + u, ORDER);
        FloatVector x1 = FloatVector.fromMemorySegment(FLOATS, ALL, x + u + VECTOR, ORDER);
        a = FloatVector.fromMemorySegment(FLOATS, ALL, w + u, ORDER).fma(x0, a);
        b = FloatVector.fromMemorySegment(FLOATS, ALL, v + u, ORDER).fma(x0, b);
        c = FloatVector.fromMemorySegment(FLOATS, ALL, w + u + VECTOR, ORDER).fma(x1, c);
        d = FloatVector.fromMemorySegment(FLOATS, ALL, v + u + VECTOR, ORDER).fma(x1, d);
      }
      Memory.putFloat(out + 4 * n, a.add(c).reduceLanes(ADD));
      Memory.putFloat(out + 4 * (n + other), b.add(d).reduceLanes(ADD));
      w += bytes;
    }
  }

  static void add(long bias, long out, int count) {
    for (long u = 0; u < 4L * count; u += 4) {
      Memory.putFloat(out + u, Memory.getFloat(out + u) + Memory.getFloat(bias + u));
    }
  }
}
