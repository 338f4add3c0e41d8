package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// Which scales a quantizer may have. What is learned is `t`; the range is `restricted(t)`.
public enum Restriction {
  /// Any number.
  FLOAT,
  /// Any number, learned as its logarithm: the range is `2^t`.
  LOG_FLOAT,
  /// Powers of two, for hardware that shifts: the range is `2^ceil(t)`.
  POWER_OF_TWO;

  /// From what is learned to a range.
  Tensor restricted(Tensor t) {
    return switch (this) {
      case FLOAT -> t;
      case LOG_FLOAT -> t.exp2();
      case POWER_OF_TWO -> StraightThrough.ceil(t).exp2();
    };
  }

  /// From a range to what is learned.
  Tensor learned(Tensor range) {
    return switch (this) {
      case FLOAT -> range;
      case LOG_FLOAT, POWER_OF_TWO -> range.log2();
    };
  }

  @Override
  public String toString() {
    return switch (this) {
      case FLOAT -> "float";
      case LOG_FLOAT -> "float, learned as a logarithm";
      case POWER_OF_TWO -> "power of two";
    };
  }
}
