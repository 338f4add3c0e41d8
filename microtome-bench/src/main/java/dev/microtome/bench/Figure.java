package dev.microtome.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One number that was measured.
///
/// @param bench name of the benchmark
/// @param figure what was measured, in words
/// @param value the median over the rounds
/// @param unit of value, goal and spread: `us`, `x`, `%`, `MB`
/// @param goal what is wanted; null when nothing is promised
/// @param spread half the distance between the quartiles over the rounds
public record Figure(
    String bench, String figure, double value, String unit, @Nullable Goal goal, double spread) {

  /// What was estimated over rounds.
  public Figure(
      String bench, String figure, Rounds.Estimate value, String unit, @Nullable Goal goal) {
    this(bench, figure, value.median(), unit, goal, value.spread());
  }

  /// A limit: at most, or at least, this.
  public record Goal(boolean atMost, double limit) {
    boolean isMetBy(double value) {
      return atMost ? value <= limit : value >= limit;
    }

    @Override
    public String toString() {
      return (atMost ? "<= " : ">= ") + number(limit);
    }
  }

  /// The goal of at most `limit`.
  public static Goal atMost(double limit) {
    return new Goal(true, limit);
  }

  /// The goal of at least `limit`.
  public static Goal atLeast(double limit) {
    return new Goal(false, limit);
  }

  /// Whether the goal is met; true where there is none.
  public boolean ok() {
    return goal == null || goal.isMetBy(value);
  }

  /// Four significant digits, without an exponent where that can be read.
  static String number(double value) {
    double size = Math.abs(value);
    int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
