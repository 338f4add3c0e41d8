package dev.microtome.quant.integer;

import dev.microtome.tensor.Shape;
import java.util.Arrays;

/// Sums and reshaping of integers.
final class IntegerOperations {
  private IntegerOperations() {}

  /// Of two values on one grid.
  static IntegerValue sum(IntegerValue a, IntegerValue b, String name) {
    if (a.scale.length > 1 || b.scale.length > 1 || !close(a.scale[0], b.scale[0])) {
      throw new IllegalArgumentException(
          "%s adds integers of scales %s and %s: put both on one grid, with a QuantEltwiseAdd"
              .formatted(name, Arrays.toString(a.scale), Arrays.toString(b.scale)));
    }
    if (!a.shape.equals(b.shape)) {
      throw new IllegalArgumentException(
          "%s adds integers of shapes %s and %s".formatted(name, a.shape, b.shape));
    }
    long[] q = new long[a.q.length];
    Arrays.setAll(q, i -> a.q[i] - a.zeroPoint + b.q[i] - b.zeroPoint);
    return new IntegerValue(q, a.shape, a.scale, 0);
  }

  private static boolean close(double a, double b) {
    return Math.abs(a - b) <= 1e-5 * Math.abs(b);
  }

  static IntegerValue reshaped(IntegerValue x, Shape out, String name) {
    if (x.scale.length > 1) {
      throw new IllegalArgumentException(
          name + " reshapes sums of different scales: put a QuantIdentity before it");
    }
    return x.with(x.q, out);
  }
}
