package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static dev.microtome.tensor.kernel.Memory.ORDER;
import static dev.microtome.tensor.kernel.Memory.VECTOR;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;

/// The logarithm of a sum of exponentials, `log Σ exp(x)`, without writing them down.
public final class LogSum {
  /// Sums are float32 in a stretch of so many bytes, float64 between them.
  private static final long STRETCH = 4096;

  private LogSum() {}

  /// Of `count` float32 numbers at an address; NaN when one of them is, or none is finite.
  public static double of(long address, long count) {
    long whole = 4 * (count - count % FLOATS.length());
    float most = greatest(address, whole, VECTOR);
    for (long u = whole; u < 4 * count; u += 4) {
      most = Math.max(most, Memory.getFloat(address + u));
    }
    double sum = 0;
    for (long u = 0; u < whole; u += STRETCH) {
      sum += sum(address + u, Math.min(STRETCH, whole - u), VECTOR, most);
    }
    for (long u = whole; u < 4 * count; u += 4) {
      sum += Math.exp(Memory.getFloat(address + u) - most);
    }
    return most + Math.log(sum);
  }

  /// NaN is passed over; it comes up in the sum.
  private static float greatest(long address, long bytes, long step) {
    FloatVector a = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (long u = 0; u < bytes; u += step) {
      FloatVector x = FloatVector.fromMemorySegment(FLOATS, ALL, address + u, ORDER);
      a = a.blend(x, a.compare(LT, x));
    }
    return a.reduceLanes(MAX);
  }

  private static float sum(long address, long bytes, long step, float most) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (long u = 0; u < bytes; u += step) {
      FloatVector x = FloatVector.fromMemorySegment(FLOATS, ALL, address + u, ORDER);
      sum = sum.add(Exponential.ofNegative(x.sub(most)));
    }
    return sum.reduceLanes(ADD);
  }
}
