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
final class Bfloat16Sums extends LineSums {
  private static final long LINES = MatVec.MULTIPLE / 4;

  private final long x; // rows × inputs

  Bfloat16Sums(MatVec m) {
    super(m, 4L * m.rows() * m.inputs());
    x = scratch;
    for (long k = 0; k < (long) m.rows() * m.inputs(); k++) {
      Memory.putFloat(x + 4 * k, Memory.getBfloat16(m.x() + 2 * k));
    }
  }

  /// Of the sums, the first half is that of first ones, the second that of second ones.
  @Override
  void add(int row, int k, long sums) {
    long stride = 2L * m.outputs();
    long multiples = x + 4 * ((long) row * m.inputs() + k);
    add(m.weight() + k * stride, multiples, sums, sums + stride, stride, stride, VECTOR);
  }

  @Override
  void write(int row, long sums) {
    long stride = 2L * m.outputs();
    round(sums, sums + stride, m.bias(), m.out() + row * stride, m.outputs());
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
