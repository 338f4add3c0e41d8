package dev.microtome.dynamic.kernel;

import static dev.microtome.dynamic.kernel.Memory.ALL;
import static dev.microtome.dynamic.kernel.Memory.FLOATS;
import static dev.microtome.dynamic.kernel.Memory.ORDER;
import static dev.microtome.dynamic.kernel.Memory.VECTOR;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.microtome.tensor.kernel.Exponential;
import jdk.incubator.vector.FloatVector;

/// Sigmoid and hyperbolic tangent, right to within 2e-7.
///
/// tanh near 0 is the polynomial of the Cephes library.
final class Curves {
  /// Where differences of exponentials are too coarse for tanh.
  private static final float NEAR = 0.625f;

  private Curves() {}

  /// Of the numbers in `bytes` of memory, in place.
  static void sigmoid(long at, long bytes) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1);
    for (long u = 0; u < bytes; u += VECTOR) {
      FloatVector x = FloatVector.fromMemorySegment(FLOATS, ALL, at + u, ORDER);
      one.div(Exponential.of(x.neg()).add(one)).intoMemorySegment(ALL, at + u, ORDER);
    }
  }

  /// Of the numbers in `bytes` of memory, which may be written over.
  static void tanh(long from, long to, long bytes) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1);
    FloatVector two = FloatVector.broadcast(FLOATS, 2);
    for (long u = 0; u < bytes; u += VECTOR) {
      FloatVector x = FloatVector.fromMemorySegment(FLOATS, ALL, from + u, ORDER);
      FloatVector far = one.sub(two.div(Exponential.of(x.add(x)).add(one)));
      FloatVector z = x.mul(x);
      FloatVector p = z.fma(-5.7049887e-3f, 2.0639088e-2f);
      p = p.fma(z, FloatVector.broadcast(FLOATS, -5.3739715e-2f));
      p = p.fma(z, FloatVector.broadcast(FLOATS, 1.3331442e-1f));
      p = p.fma(z, FloatVector.broadcast(FLOATS, -3.333328e-1f));
      FloatVector near = p.fma(z.mul(x), x);
      far.blend(near, z.compare(LT, NEAR * NEAR)).intoMemorySegment(ALL, to + u, ORDER);
    }
  }
}
