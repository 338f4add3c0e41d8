package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static dev.microtome.tensor.kernel.Memory.INTS;
import static dev.microtome.tensor.kernel.Memory.ORDER;
import static dev.microtome.tensor.kernel.Memory.SECOND;
import static dev.microtome.tensor.kernel.Memory.VECTOR;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// As [FloatSums] for bfloat16: of two neighbours in a 32-bit number, see [Bfloat16Dots], the sums
/// of the first are kept apart from those of the second.
final class Bfloat16Sums implements Product {
  private static final long LINES = MatVec.MULTIPLE / 4;

  private static final int PARTS = 8;

  private final MatVec m;
  private final long size; // bytes of the sums of one part
  private final long x; // rows × inputs
  private final long sums; // parts × rows × (outputs / 2 first ones, outputs / 2 second ones)

  Bfloat16Sums(MatVec m) {
    this.m = m;
    size = 4L * m.rows() * m.outputs();
    x = Scratch.of(4L * m.rows() * m.inputs() + PARTS * size);
    sums = x + 4L * m.rows() * m.inputs();
    for (long k = 0; k < (long) m.rows() * m.inputs(); k++) {
      Memory.putFloat(x + 4 * k, Memory.getBfloat16(m.x() + 2 * k));
    }
  }

  @Override
  public int parts(int threads) {
    return Math.min(PARTS, m.inputs() / MatVec.MULTIPLE);
  }

  @Override
  public void part(int part, int parts) {
    long stride = 2L * m.outputs();
    long mine = sums + part * size;
    ALL.asSlice(mine, size).fill((byte) 0);
    int end = MatVec.edge(m.inputs(), part + 1, parts);
    for (int k = MatVec.edge(m.inputs(), part, parts); k < end; k += MatVec.MULTIPLE) {
      for (int row = 0; row < m.rows(); row++) { // these lines are in the cache for all rows
        long first = mine + 2 * stride * row;
        long multiples = x + 4 * ((long) row * m.inputs() + k);
        add(m.weight() + k * stride, multiples, first, first + stride, stride, stride, VECTOR);
      }
    }
  }

  @Override
  public void finish() {
    int parts = parts(1);
    for (int part = 1; part < parts; part++) {
      Memory.add(sums + part * size, sums, size, VECTOR);
    }
    long stride = 2L * m.outputs();
    for (int row = 0; row < m.rows(); row++) {
      long first = sums + 2 * stride * row;
      round(first, first + stride, m.bias(), m.out() + row * stride, m.outputs());
    }
  }

  /// `sums[j] += Σ x[k] · w[k][j]` over [MatVec#MULTIPLE] lines, `stride` bytes from one to the
  /// next, of which `bytes` are used.
  private static void add(
      long w, long x, long first, long second, long stride, long bytes, long step) {
    long line2 = LINES * stride;
    long line3 = 2 * LINES * stride;
    long line4 = 3 * LINES * stride;
    long end = x + 4 * LINES;
    for (long k = x; k < end; k += 4) {
      FloatVector a = FloatVector.broadcast(FLOATS, Memory.getFloat(k));
      FloatVector b = FloatVector.broadcast(FLOATS, Memory.getFloat(k + 4 * LINES));
      FloatVector c = FloatVector.broadcast(FLOATS, Memory.getFloat(k + 8 * LINES));
      FloatVector d = FloatVector.broadcast(FLOATS, Memory.getFloat(k + 12 * LINES));
      for (long u = 0; u < bytes; u += step) {
        FloatVector even = FloatVector.fromMemorySegment(FLOATS, ALL, first + u, ORDER);
        FloatVector odd = FloatVector.fromMemorySegment(FLOATS, ALL, second + u, ORDER);
        IntVector p = IntVector.fromMemorySegment(INTS, ALL, w + u, ORDER);
        even = p.lanewise(LSHL, 16).reinterpretAsFloats().fma(a, even);
        odd = p.and(SECOND).reinterpretAsFloats().fma(a, odd);
        p = IntVector.fromMemorySegment(INTS, ALL, w + line2 + u, ORDER);
        even = p.lanewise(LSHL, 16).reinterpretAsFloats().fma(b, even);
        odd = p.and(SECOND).reinterpretAsFloats().fma(b, odd);
        p = IntVector.fromMemorySegment(INTS, ALL, w + line3 + u, ORDER);
        even = p.lanewise(LSHL, 16).reinterpretAsFloats().fma(c, even);
        odd = p.and(SECOND).reinterpretAsFloats().fma(c, odd);
        p = IntVector.fromMemorySegment(INTS, ALL, w + line4 + u, ORDER);
        even = p.lanewise(LSHL, 16).reinterpretAsFloats().fma(d, even);
        odd = p.and(SECOND).reinterpretAsFloats().fma(d, odd);
        even.intoMemorySegment(ALL, first + u, ORDER);
        odd.intoMemorySegment(ALL, second + u, ORDER);
      }
      w += stride;
    }
  }

  private static void round(long first, long second, long bias, long out, int count) {
    for (long n = 0; n < count; n += 2) {
      float plus = bias == 0 ? 0 : Memory.getBfloat16(bias + 2 * n);
      float next = bias == 0 ? 0 : Memory.getBfloat16(bias + 2 * n + 2);
      Memory.putBfloat16(out + 2 * n, Memory.getFloat(first + 2 * n) + plus);
      Memory.putBfloat16(out + 2 * n + 2, Memory.getFloat(second + 2 * n) + next);
    }
  }
}
