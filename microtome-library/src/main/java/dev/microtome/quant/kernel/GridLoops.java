package dev.microtome.quant.kernel;

import static dev.microtome.quant.kernel.FloatMemory.LANES;
import static dev.microtome.quant.kernel.FloatMemory.SPECIES;

import dev.microtome.tensor.Tensor;
import java.lang.foreign.Arena;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Rounds numbers to one grid and reads them back, forward and backward, one pass each. The results
/// are those of the operations one by one, to the last bit but for the sign of zeros: a number is
/// rounded by adding 1.5 · 2²³, whose neighbours are whole numbers, and taking it away again, after
/// clamping to few enough.
///
/// @param scale above 0
/// @param zero the zero point, whole
/// @param lo the lowest integer
/// @param hi the highest
/// @param rectify whether numbers below 0 count as 0
public record GridLoops(float scale, float zero, float lo, float hi, boolean rectify) {
  /// Bits up to which the rounding is exact.
  public static final int MOST_BITS = 20;

  private static final float WHOLE = 0x1.8p23f;
  private static final long BLOCK = 4096; // sums are float within, double between

  /// Gradients of the scale and the zero point.
  public record Sums(double scale, double zero) {}

  /// `y = (clamp(round(x / scale + zero)) − zero) · scale`.
  ///
  /// @return whether all of x was finite; if not, y is of no use
  public boolean forward(Tensor x, Tensor y) {
    try (var arena = Arena.ofConfined()) {
      return forward(new FloatMemory(x, arena), new FloatMemory(y, arena));
    }
  }

  boolean forward(FloatMemory from, FloatMemory to) {
    FloatVector none = FloatVector.zero(SPECIES);
    long whole = from.whole();
    for (long i = 0; i < whole; i += LANES) {
      FloatVector v = from.at(i);
      none = none.add(v.sub(v)); // NaN from what is not finite
      FloatVector t = (rectify ? v.max(0f) : v).div(scale).add(zero);
      FloatVector q = t.max(lo).min(hi).add(WHOLE).sub(WHOLE);
      to.put(i, q.sub(zero).mul(scale));
    }
    float check = none.reduceLanes(VectorOperators.ADD);
    for (long i = whole; i < from.size; i++) {
      float v = from.get(i);
      check += v * 0;
      float t = (rectify ? Math.max(v, 0f) : v) / scale + zero;
      float q = Math.min(Math.max(t, lo), hi) + WHOLE - WHOLE;
      to.set(i, (q - zero) * scale);
    }
    return check == 0;
  }

  /// The gradient of x into `dx`, from that of y; and those of the scale and the zero point. Where
  /// a number was clipped x gets none.
  public Sums backward(Tensor x, Tensor dy, Tensor dx) {
    try (var arena = Arena.ofConfined()) {
      return backward(
          new FloatMemory(x, arena), new FloatMemory(dy, arena), new FloatMemory(dx, arena));
    }
  }

  private Sums backward(FloatMemory from, FloatMemory arriving, FloatMemory to) {
    double ofScale = 0;
    double ofZero = 0;
    long whole = from.whole();
    for (long start = 0; start < whole; start += BLOCK) {
      long end = Math.min(start + BLOCK, whole);
      FloatVector scales = FloatVector.zero(SPECIES);
      FloatVector zeros = FloatVector.zero(SPECIES);
      for (long i = start; i < end; i += LANES) {
        FloatVector v = from.at(i);
        FloatVector g = arriving.at(i);
        FloatVector p = (rectify ? v.max(0f) : v).div(scale);
        FloatVector r = p.add(zero).max(lo - 1).min(hi + 1).add(WHOLE).sub(WHOLE);
        FloatVector q = r.max(lo).min(hi);
        VectorMask<Float> inside = r.eq(q);
        FloatVector error = q.sub(zero).sub(p, inside);
        scales = g.fma(error, scales);
        zeros = zeros.sub(g, inside.not());
        VectorMask<Float> passes = rectify ? inside.and(v.compare(VectorOperators.GT, 0f)) : inside;
        to.put(i, FloatVector.zero(SPECIES).blend(g, passes));
      }
      ofScale += scales.reduceLanes(VectorOperators.ADD);
      ofZero += zeros.reduceLanes(VectorOperators.ADD);
    }
    for (long i = whole; i < from.size; i++) {
      float v = from.get(i);
      float g = arriving.get(i);
      float p = (rectify ? Math.max(v, 0f) : v) / scale;
      float r = Math.min(Math.max(p + zero, lo - 1), hi + 1) + WHOLE - WHOLE;
      float q = Math.min(Math.max(r, lo), hi);
      boolean inside = r == q;
      ofScale += g * (q - zero - (inside ? p : 0));
      ofZero -= inside ? 0 : g;
      to.set(i, inside && !(rectify && v <= 0) ? g : 0);
    }
    return new Sums(ofScale, ofZero * scale);
  }

  /// The gradient of the scale alone, when clipping does not stop gradients: x then gets that of y.
  public double scaleGradientStraightThrough(Tensor x, Tensor dy) {
    try (var arena = Arena.ofConfined()) {
      return scaleGradientStraightThrough(new FloatMemory(x, arena), new FloatMemory(dy, arena));
    }
  }

  double scaleGradientStraightThrough(FloatMemory from, FloatMemory arriving) {
    double sum = 0;
    long whole = from.whole();
    for (long start = 0; start < whole; start += BLOCK) {
      long end = Math.min(start + BLOCK, whole);
      FloatVector scales = FloatVector.zero(SPECIES);
      for (long i = start; i < end; i += LANES) {
        FloatVector p = from.at(i).div(scale);
        FloatVector q = p.add(zero).max(lo).min(hi).add(WHOLE).sub(WHOLE);
        scales = arriving.at(i).fma(q.sub(zero).sub(p), scales);
      }
      sum += scales.reduceLanes(VectorOperators.ADD);
    }
    for (long i = whole; i < from.size; i++) {
      float p = from.get(i) / scale;
      float q = Math.min(Math.max(p + zero, lo), hi) + WHOLE - WHOLE;
      sum += arriving.get(i) * (q - zero - p);
    }
    return sum;
  }
}
