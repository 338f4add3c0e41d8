package dev.microtome.quant;

import dev.microtome.nn.PythonFormat;
import dev.microtome.quant.kernel.Largest;
import dev.microtome.quant.kernel.Loops;
import dev.microtome.tensor.Tensor;

/// Percentiles as one element of the sorted numbers. The index is computed in double precision in
/// exactly this order, since rounding decides which element it is.
final class Percentile {
  /// So few from the top are found without selecting among all.
  private static final long FEW = 64;

  private Percentile() {}

  static void check(double q) {
    if (!(q >= 0 && q <= 100)) {
      throw new IllegalArgumentException(
          "q has to be a percentage\nA percentile lies within 0 and 100, got " + q);
    }
  }

  /// The place, from 1, of the `q`-th percentile of `n` numbers from above.
  static long high(double q, long n) {
    return within((long) Math.floor(.01 * q * n + 0.5), n);
  }

  /// The place, from 1, of the `q`-th percentile of `n` numbers from below.
  static long low(double q, long n) {
    return within((long) Math.ceil(.01 * q * n), n);
  }

  private static long within(long k, long n) {
    return Math.clamp(k, 1, Math.max(n, 1));
  }

  /// The `k`-th smallest of all |x|.
  static Tensor ofMagnitudes(Tensor x, long k) {
    long place = x.numel() - k + 1;
    return Loops.suit(x, place)
        ? new Selected((int) place, Largest.Of.MAGNITUDE).apply(x)
        : select(x.abs().flatten(), k);
  }

  /// The `k`-th smallest of all x.
  static Tensor ofValues(Tensor x, long k) {
    long place = x.numel() - k + 1;
    if (Loops.suit(x, place)) {
      return new Selected((int) place, Largest.Of.VALUE).apply(x);
    }
    return Loops.suit(x, k)
        ? new Selected((int) k, Largest.Of.NEGATIVE).apply(x)
        : select(x.flatten(), k);
  }

  /// The `k`-th smallest along the last dimension; its gradient goes into one element.
  static Tensor select(Tensor x, long k) {
    long n = x.size(-1);
    if (k == n) {
      return x.max(-1).values();
    }
    if (k == 1) {
      return x.min(-1).values();
    }
    if (n - k < FEW && n > FEW * FEW) {
      return x.topk(n - k + 1, -1).values().select(-1, n - k);
    }
    if (k < FEW && n > FEW * FEW) {
      return x.topk(k, -1, false, true).values().select(-1, k - 1);
    }
    return x.kthvalue(k, -1).values();
  }

  static String show(double q) {
    return PythonFormat.of(q);
  }
}
