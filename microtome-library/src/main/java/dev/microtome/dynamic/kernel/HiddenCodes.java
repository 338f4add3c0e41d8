package dev.microtome.dynamic.kernel;

import static dev.microtome.dynamic.kernel.Memory.ALL;
import static dev.microtome.dynamic.kernel.Memory.FLOATS;
import static dev.microtome.dynamic.kernel.Memory.ORDER;
import static dev.microtome.dynamic.kernel.Memory.SHORTS;
import static dev.microtome.dynamic.kernel.Memory.VECTOR;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// A hidden state as whole numbers, spread out as [GateSums] wants them. States are filled up with
/// zeros to whole vectors.
final class HiddenCodes {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private HiddenCodes() {}

  /// The least number, or 0.
  static float least(long state, long bytes) {
    FloatVector least = FloatVector.zero(FLOATS);
    for (long u = 0; u < bytes; u += VECTOR) {
      least = least.min(FloatVector.fromMemorySegment(FLOATS, ALL, state + u, ORDER));
    }
    return least.reduceLanes(VectorOperators.MIN);
  }

  /// The greatest number, or 0.
  static float greatest(long state, long bytes) {
    FloatVector greatest = FloatVector.zero(FLOATS);
    for (long u = 0; u < bytes; u += VECTOR) {
      greatest = greatest.max(FloatVector.fromMemorySegment(FLOATS, ALL, state + u, ORDER));
    }
    return greatest.reduceLanes(VectorOperators.MAX);
  }

  /// Writes the codes of a state and returns their sum. Rounds as FBGEMM does: half to even, after
  /// the zero point was added.
  static int write(long state, int width, float scale, int zero, long to) {
    float inverse = 1 / scale;
    int sum = 0;
    for (int k = 0; k < width; k += 2) {
      int first = code(state + 4L * k, inverse, zero);
      int second = k + 1 < width ? code(state + 4L * k + 4, inverse, zero) : 0;
      sum += first + second;
      ShortVector.broadcast(SHORTS, (short) first).intoMemorySegment(ALL, to, ORDER);
      ShortVector.broadcast(SHORTS, (short) (second - 256 * first))
          .intoMemorySegment(ALL, to + VECTOR, ORDER);
      to += 2L * VECTOR;
    }
    return sum;
  }

  private static int code(long address, float inverse, int zero) {
    int code = (int) Math.rint(Math.fma(ALL.get(FLOAT, address), inverse, (float) zero));
    return Math.clamp(code, 0, 255);
  }
}
