package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static dev.microtome.tensor.kernel.Memory.ORDER;
import static dev.microtome.tensor.kernel.Memory.VECTOR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Float32, where the outputs are neighbours: each input adds its number times a line of the
/// matrix. Four lines far apart are added at once: four sequential streams, and the sums are
/// fetched less often. A part is some of the lines, whole, because pieces of lines are read far
/// slower; their sums are added at the end, always in the same order.
final class FloatSums implements Product {
  private static final int PARTS = 8;
  private static final long LINES = MatVec.MULTIPLE / 4;

  private final MatVec m;
  private final long size; // bytes of the sums of one part: rows × outputs
  private final long sums; // parts × rows × outputs

  FloatSums(MatVec m) {
    this.m = m;
    size = 4L * m.rows() * m.outputs();
    sums = Scratch.of(PARTS * size);
  }

  @Override
  public int parts(int threads) {
    return Math.min(PARTS, m.inputs() / MatVec.MULTIPLE);
  }

  @Override
  public void part(int part, int parts) {
    long stride = 4L * m.outputs();
    long mine = sums + part * size;
    ALL.asSlice(mine, size).fill((byte) 0);
    int end = MatVec.edge(m.inputs(), part + 1, parts);
    for (int k = MatVec.edge(m.inputs(), part, parts); k < end; k += MatVec.MULTIPLE) {
      for (int row = 0; row < m.rows(); row++) { // these lines are in the cache for all rows
        long x = m.x() + 4 * ((long) row * m.inputs() + k);
        add(m.weight() + k * stride, x, mine + row * stride, stride, stride, VECTOR);
      }
    }
  }

  @Override
  public void finish() {
    int parts = parts(1);
    for (int part = 1; part < parts; part++) {
      Memory.add(sums + part * size, sums, size, VECTOR);
    }
    MemorySegment.copy(ALL, sums, ALL, m.out(), size);
    for (int row = 0; row < m.rows() && m.bias() != 0; row++) {
      long stride = 4L * m.outputs();
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
