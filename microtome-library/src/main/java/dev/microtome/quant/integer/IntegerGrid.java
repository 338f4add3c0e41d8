package dev.microtome.quant.integer;

import dev.microtome.quant.ActQuant;
import dev.microtome.quant.BitWidth;
import dev.microtome.quant.IntRange;
import dev.microtome.quant.Rounding;
import dev.microtome.tensor.Tensor;

/// The grid an activation quantizer puts numbers on in evaluation.
///
/// @param relu whether numbers below 0 become 0 first
record IntegerGrid(String name, double scale, long zeroPoint, IntRange range, boolean relu) {
  static IntegerGrid of(String name, ActQuant quant, boolean relu) {
    var quantizer = quant.quantizer();
    boolean plain =
        quantizer.rounding() == Rounding.HALF_EVEN
            && quantizer.bitWidth() instanceof BitWidth.Fixed
            && quantizer.bits() > 1
            && quant.scale().numel() == 1;
    if (!plain) {
      throw new IllegalArgumentException(
          ("%s: integers need one scale, a fixed bit width above 1, and rounding half to even;"
                  + " this quantizer is %s")
              .formatted(name, quantizer.describe().replace("\n", ", ")));
    }
    return new IntegerGrid(
        name,
        quant.scale().detach().item(),
        Math.round(quant.zeroPoint().detach().item()),
        quantizer.range(),
        relu);
  }

  /// Real numbers on the grid: the only place where real numbers are seen.
  IntegerValue quantize(Tensor x) {
    float[] real = x.contiguous().toFloats();
    long[] q = new long[real.length];
    for (int i = 0; i < q.length; i++) {
      float value = relu ? Math.max(real[i], 0f) : real[i];
      q[i] = clamp((long) Math.rint(value / (float) scale + zeroPoint));
    }
    return new IntegerValue(q, x.shape(), new double[] {scale}, zeroPoint);
  }

  /// Integers from their grid onto this one.
  IntegerValue requantize(IntegerValue x) {
    FixedPoint[] factors = factors(x.scale);
    long[] q = new long[x.q.length];
    for (int i = 0; i < q.length; i++) {
      long centred = x.q[i] - x.zeroPoint;
      long value = relu ? Math.max(centred, 0) : centred;
      q[i] = clamp(factors[x.channel(i)].times(value) + zeroPoint);
    }
    return new IntegerValue(q, x.shape, new double[] {scale}, zeroPoint);
  }

  /// The factors from grids of these scales to this one.
  FixedPoint[] factors(double[] from) {
    var factors = new FixedPoint[from.length];
    for (int c = 0; c < from.length; c++) {
      factors[c] = FixedPoint.of(from[c] / scale);
    }
    return factors;
  }

  private long clamp(long q) {
    return Math.clamp(q, (long) range.min(), (long) range.max());
  }
}
