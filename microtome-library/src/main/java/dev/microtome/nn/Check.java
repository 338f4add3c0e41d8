package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

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

  /// Refuses what is no weight (out, in) with a bias (out).
  static void weightAndBias(Tensor weight, @Nullable Tensor bias) {
    if (weight.dim() != 2 || weight.numel() == 0 || !weight.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "a weight is floating-point (out, in), got %s %s"
              .formatted(weight.dtype().label(), weight.shape()));
    }
    if (bias != null && !bias.shape().equals(Shape.of(weight.size(0)))) {
      throw new IllegalArgumentException(
          "a weight %s has a bias of %d numbers, got %s"
              .formatted(weight.shape(), weight.size(0), bias.shape()));
    }
  }
}
