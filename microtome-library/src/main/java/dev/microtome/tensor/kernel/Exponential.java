package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.FLOATS;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;

/// `exp` of vectors, right to within 2e-7 of itself: `exp(x) = 2ⁿ exp(r)` with n the whole number
/// next to `x / ln 2`, and exp(r) by the polynomial of the Cephes library.
public final class Exponential {
  /// Beyond it results are as if it were this: the last whose n fits an exponent.
  private static final float FAR = 87;

  /// Adding it rounds to a whole number, which then is the lowest bits.
  private static final float WHOLE = 0x1.8p23f;

  private static final float LOG2_E = 1.442695f;
  private static final float LN2 = 0.6933594f; // its first bits; the rest:
  private static final float LN2_REST = -2.1219444e-4f;

  private Exponential() {}

  /// Of any numbers; what is beyond ±87 counts as 87 or -87, NaN stays NaN.
  public static FloatVector of(FloatVector given) {
    FloatVector x = given.blend(FAR, given.compare(GT, FAR));
    return ofNegative(x);
  }

  /// Of numbers up to 87.
  public static FloatVector ofNegative(FloatVector given) {
    FloatVector x = given.blend(-FAR, given.compare(LT, -FAR));
    FloatVector whole = x.fma(LOG2_E, WHOLE);
    FloatVector n = whole.sub(WHOLE);
    FloatVector r =
        n.fma(
            FloatVector.broadcast(FLOATS, -LN2_REST),
            n.fma(FloatVector.broadcast(FLOATS, -LN2), x));
    FloatVector p = r.fma(1.9875691e-4f, 1.3981999e-3f);
    p = p.fma(r, FloatVector.broadcast(FLOATS, 8.333452e-3f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 4.1665796e-2f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1.6666666e-1f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 0.5f));
    FloatVector y = p.fma(r.mul(r), r).add(1);
    return y.reinterpretAsInts()
        .add(whole.reinterpretAsInts().lanewise(LSHL, 23))
        .reinterpretAsFloats();
  }
}
