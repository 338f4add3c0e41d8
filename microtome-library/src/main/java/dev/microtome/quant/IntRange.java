package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// The integers of a bit width: signed from `-2^(b-1)` to `2^(b-1)-1`, unsigned from 0 to `2^b-1`.
/// A narrow range leaves one out, the lowest of signed and the highest of unsigned ones.
public record IntRange(int bits, boolean signed, boolean narrow) {
  public double min() {
    return signed ? -Math.scalb(1.0, bits - 1) + (narrow ? 1 : 0) : 0;
  }

  public double max() {
    return signed ? Math.scalb(1.0, bits - 1) - 1 : Math.scalb(1.0, bits) - (narrow ? 2 : 1);
  }

  /// The integer that the end of a quantizer's range falls on. Those of power-of-two scales are
  /// powers of two themselves.
  public double threshold(Restriction restriction) {
    if (bits == 1) {
      return 1; // a sign
    }
    return switch (restriction) {
      case FLOAT, LOG_FLOAT -> signed ? -min() : max();
      case POWER_OF_TWO -> new IntRange(bits, signed, false).max() + 1;
    };
  }

  /// [#min] for a bit width that is a tensor.
  static Tensor min(Tensor bits, boolean signed, boolean narrow) {
    if (!signed) {
      return Tensor.scalar(0f);
    }
    Tensor min = bits.sub(1).exp2().neg();
    return narrow ? min.add(1) : min;
  }

  /// [#max] for a bit width that is a tensor.
  static Tensor max(Tensor bits, boolean signed, boolean narrow) {
    return signed ? bits.sub(1).exp2().sub(1) : bits.exp2().sub(narrow ? 2 : 1);
  }

  /// [#threshold] for a bit width that is a tensor.
  static Tensor threshold(Tensor bits, boolean signed, boolean narrow, Restriction restriction) {
    return switch (restriction) {
      case FLOAT, LOG_FLOAT -> signed ? min(bits, true, narrow).neg() : max(bits, false, narrow);
      case POWER_OF_TWO -> max(bits, signed, false).add(1);
    };
  }
}
