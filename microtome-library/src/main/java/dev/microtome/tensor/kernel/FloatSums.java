package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static dev.microtome.tensor.kernel.Memory.ORDER;
import static dev.microtome.tensor.kernel.Memory.VECTOR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// [LineSums] of float32. Four lines far apart are added at once: four sequential streams, and the
/// sums are fetched less often.
final class FloatSums extends LineSums {
  private static final long LINES = MatVec.MULTIPLE / 4;

  FloatSums(MatVec m) {
    super(m, 0);
  }

  @Override
  void add(int row, int k, long sums) {
    long stride = 4L * m.outputs();
    long x = m.x() + 4 * ((long) row * m.inputs() + k);
    add(m.weight() + k * stride, x, sums, stride, stride, VECTOR);
  }

  @Override
  void write(int row, long sums) {
    long stride = 4L * m.outputs();
    MemorySegment.copy(ALL, sums, ALL, m.out() + row * stride, stride);
    if (m.bias() != 0) {
      Memory.add(m.bias(), m.out() + row * stride, stride, VECTOR);
    }
  }

  /// `out[j] += Σ x[k] · w[k][j]` over [MatVec#MULTIPLE] lines, `stride` bytes from one to the
  /// next, of which `bytes` are used.
  private static void add(long w, long x, long out, long stride, long bytes, long step) {
    long second = LINES * stride;
    long third = 2 * LINES * stride;
    long fourth = 3 * LINES * stride;
    long end = x + 4 * LINES;
    for (long k = x; k < end; k += 4) {
      FloatVector a = FloatVector.broadcast(FLOATS, Memory.getFloat(k));
      FloatVector b = FloatVector.broadcast(FLOATS, Memory.getFloat(k + 4 * LINES));
      FloatVector c = FloatVector.broadcast(FLOATS, Memory.getFloat(k + 8 * LINES));
      FloatVector d = FloatVector.broadcast(FLOATS, Memory.getFloat(k + 12 * LINES));
      for (long u = 0; u < bytes; u += step) {
        long v = w + u;
        FloatVector sum = FloatVector.fromMemorySegment(FLOATS, ALL, out + u, ORDER);
        sum = FloatVector.fromMemorySegment(FLOATS, ALL, v, ORDER).fma(a, sum);
        sum = FloatVector.fromMemorySegment(FLOATS, ALL, v + second, ORDER).fma(b, sum);
        sum = FloatVector.fromMemorySegment(FLOATS, ALL, v + third, ORDER).fma(c, sum);
        sum = FloatVector.fromMemorySegment(FLOATS, ALL, v + fourth, ORDER).fma(d, sum);
        sum.intoMemorySegment(ALL, out + u, ORDER);
      }
      w += stride;
    }
  }
}
