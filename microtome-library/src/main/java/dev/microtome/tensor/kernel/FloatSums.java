package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static dev.microtome.tensor.kernel.Memory.ORDER;
import static dev.microtome.tensor.kernel.Memory.VECTOR;

import jdk.incubator.vector.FloatVector;

/// Float32, where the outputs are neighbours: each input adds its number times a line of the
/// matrix. Four lines far apart are added at once: four sequential streams, and the sums are
/// fetched less often.
record FloatSums(MatVec m) implements Product {
  private static final long LINES = MatVec.MULTIPLE / 4;

  @Override
  public void outputs(int from, int to) {
    long stride = 4L * m.outputs();
    long bytes = 4L * (to - from);
    for (int row = 0; row < m.rows(); row++) {
      ALL.asSlice(m.out() + row * stride + 4L * from, bytes).fill((byte) 0);
    }
    for (int k = 0; k < m.inputs(); k += MatVec.MULTIPLE) {
      for (int row = 0; row < m.rows(); row++) { // these lines are in the cache for all rows
        long x = m.x() + 4 * ((long) row * m.inputs() + k);
        long out = m.out() + row * stride + 4L * from;
        add(m.weight() + k * stride + 4L * from, x, out, stride, bytes, VECTOR);
      }
    }
    for (int row = 0; row < m.rows() && m.bias() != 0; row++) {
      FloatDots.add(m.bias() + 4L * from, m.out() + row * stride + 4L * from, to - from);
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
