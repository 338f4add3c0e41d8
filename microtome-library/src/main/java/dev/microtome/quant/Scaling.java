package dev.microtome.quant;

import org.jspecify.annotations.Nullable;

/// Where the range of a quantizer comes from; its scale is the range over the largest integer.
public sealed interface Scaling {
  /// Training calls in which statistics are collected, by default.
  int STEPS = 300;

  /// The share of a new batch in a running average, by default.
  double MOMENTUM = 0.1;

  /// Measured, then learned. Of activations: the first `steps` training calls each use their own
  /// batch's statistic while a running average is kept (of all alike with `momentum` null); then
  /// the average becomes a parameter. Of weights: measured in the first call.
  record LearnedFromStatistics(Statistic statistic, int steps, @Nullable Double momentum)
      implements Scaling {
    public LearnedFromStatistics {
      if (steps < 1) {
        throw new IllegalArgumentException(
            "Steps should be more than 0\nStatistics are collected for at least 1 step, not "
                + steps);
      }
      checkMomentum(momentum);
    }

    /// 300 steps, momentum 0.1.
    public LearnedFromStatistics(Statistic statistic) {
      this(statistic, STEPS, MOMENTUM);
    }
  }

  /// Measured in every call, gradients included. Activations use a running average in evaluation.
  /// With `affine`, times a learned factor.
  record Statistics(Statistic statistic, @Nullable Double momentum, boolean affine)
      implements Scaling {
    public Statistics {
      checkMomentum(momentum);
    }

    /// Momentum 0.1, no factor.
    public Statistics(Statistic statistic) {
      this(statistic, MOMENTUM, false);
    }
  }

  /// A parameter from the start, `range` to begin with.
  record Learned(double range) implements Scaling {
    public Learned {
      checkRange(range);
    }

    /// The range that covers both bounds.
    public static Learned covering(double min, double max) {
      return new Learned(Math.max(Math.abs(min), Math.abs(max)));
    }
  }

  /// Always the same.
  record Constant(double range) implements Scaling {
    public Constant {
      checkRange(range);
    }

    /// The range that covers both bounds.
    public static Constant covering(double min, double max) {
      return new Constant(Math.max(Math.abs(min), Math.abs(max)));
    }
  }

  /// One measured range to round with, and a learned one, equal at first, that the integers are
  /// multiplied by. For weights.
  record Decoupled(Statistic statistic) implements Scaling {}

  /// That of what is added to: the scale of the input times that of the weight. For biases.
  record OfAccumulator() implements Scaling {}

  private static void checkRange(double range) {
    if (!(range > 0 && Double.isFinite(range))) {
      throw new IllegalArgumentException(
          "a range must be above 0 and finite, got "
              + range
              + ": numbers can't be told apart on it");
    }
  }

  private static void checkMomentum(@Nullable Double momentum) {
    if (momentum != null && !(momentum > 0 && momentum <= 1)) {
      throw new IllegalArgumentException("a momentum lies above 0 and up to 1, got " + momentum);
    }
  }
}
