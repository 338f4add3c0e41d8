package dev.microtome.dynamic.observe;

import dev.microtome.tensor.Tensor;

/// The range that holds a share of all numbers; of the rest, as much is cut off at either end. A
/// few outliers then cost no resolution.
public final class PercentileObserver extends Observer {
  private final Counts counts = new Counts();
  private final double percent;
  private float least = Float.POSITIVE_INFINITY;
  private float greatest = Float.NEGATIVE_INFINITY;

  /// @param percent of the numbers that lie within, 99.99 for example
  public PercentileObserver(GridType type, double percent) {
    super(type, -1);
    if (!(percent > 50 && percent <= 100)) {
      throw new IllegalArgumentException(
          "a percentage above 50 and up to 100 is held, got " + percent);
    }
    this.percent = percent;
  }

  @Override
  protected void see(Tensor x) {
    counts.add(x);
    least = Math.min(least, (float) x.min().item());
    greatest = Math.max(greatest, (float) x.max().item());
  }

  @Override
  protected Range range() {
    double tail = (1 - percent / 100) / 2;
    return Range.of(
        (float) Math.clamp(counts.quantile(tail), least, greatest),
        (float) Math.clamp(counts.quantile(1 - tail), least, greatest));
  }
}
