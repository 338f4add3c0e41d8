package dev.microtome.quant.integer;

/// A positive factor as integers: `factor = multiplier / 2^shift`, the multiplier with 31 bits
/// (Jacob et al. 2018). Hardware multiplies and shifts with it.
///
/// @param multiplier from 2^30 to 2^31 − 1
/// @param shift may be negative for large factors
public record FixedPoint(int multiplier, int shift) {
  private static final int BITS = 31;

  /// The nearest to `factor`.
  public static FixedPoint of(double factor) {
    if (!(factor > 0 && Double.isFinite(factor))) {
      throw new IllegalArgumentException("a factor is above 0 and finite, got " + factor);
    }
    int exponent =
        Math.getExponent(factor) + 1; // factor = mantissa · 2^exponent, mantissa in [.5, 1)
    long mantissa = Math.round(Math.scalb(factor, BITS - exponent));
    if (mantissa == 1L << BITS) {
      mantissa >>= 1;
      exponent++;
    }
    return new FixedPoint((int) mantissa, BITS - exponent);
  }

  /// `value · factor`, rounded to the nearest, ties to the even one.
  public long times(long value) {
    long product = Math.multiplyExact(value, (long) multiplier);
    if (shift <= 0) {
      return Math.multiplyExact(product, 1L << Math.min(-shift, 62));
    }
    if (shift > 62) {
      return 0;
    }
    long floor = product >> shift;
    long rest = product - (floor << shift);
    long half = 1L << (shift - 1);
    boolean up = rest > half || (rest == half && (floor & 1) != 0);
    return up ? floor + 1 : floor;
  }

  public double value() {
    return Math.scalb((double) multiplier, -shift);
  }
}
