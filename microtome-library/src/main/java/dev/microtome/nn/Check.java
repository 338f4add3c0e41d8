package dev.microtome.nn;

/// Preconditions of layer settings; the message names the setting.
final class Check {
  private Check() {}

  static long positive(String what, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
    return value;
  }

  static double probability(String what, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(what + " must be within 0 and 1, got " + value);
    }
    return value;
  }

  static double positive(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(what + " must be above 0, got " + value);
    }
    return value;
  }

  static double notNegative(String what, double value) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException(what + " can't be negative, got " + value);
    }
    return value;
  }
}
