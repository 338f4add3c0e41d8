package dev.microtome.dynamic.observe;

import dev.microtome.tensor.Tensor;

/// The range whose grid loses least: the mean square of what rounding and clipping take away is
/// smallest. First both ends come in together, then each on its own.
public final class MseObserver extends Observer {
  private static final int STEPS = 80;
  private static final double NARROWEST = 0.2; // of the whole range
  private static final double EPSILON = 0x1p-23;

  private final Counts counts = new Counts();
  private float least = Float.POSITIVE_INFINITY;
  private float greatest = Float.NEGATIVE_INFINITY;

  public MseObserver(GridType type) {
    super(type, -1);
  }

  @Override
  protected void see(Tensor x) {
    counts.add(x);
    least = Math.min(least, (float) x.min().item());
    greatest = Math.max(greatest, (float) x.max().item());
  }

  @Override
  protected Range range() {
    double low = Math.min(least, 0);
    double high = Math.max(greatest, 0);
    double both = best(share -> loss(low * share, high * share));
    double right = best(share -> loss(low * both, high * share));
    double left = best(share -> loss(low * share, high * right));
    boolean better = loss(low * left, high * right) < loss(low * both, high * both);
    return Range.of(
        (float) (low * (better ? left : both)), (float) (high * (better ? right : both)));
  }

  private interface Loss {
    double at(double share);
  }

  private static double best(Loss loss) {
    double best = 1;
    double smallest = loss.at(1);
    for (int i = 1; i < STEPS; i++) {
      double share = 1 - (1 - NARROWEST) * i / STEPS;
      double one = loss.at(share);
      if (one < smallest) {
        smallest = one;
        best = share;
      }
    }
    return best;
  }

  /// The sum of squares that the grid of a range takes away.
  private double loss(double low, double high) {
    boolean middle = type().zero() == GridType.Zero.MIDDLE;
    double spread = middle ? 2 * Math.max(-low, high) : high - low;
    double scale = Math.max(spread / type().steps(), EPSILON);
    double zero = middle ? type().middle() : type().least() - Math.rint(low / scale);
    double sum = 0;
    for (int bin = 0; bin < counts.size(); bin++) {
      if (counts.count(bin) > 0) {
        double x = counts.middle(bin);
        double q = Math.clamp(Math.rint(x / scale) + zero, type().least(), type().most());
        double lost = x - (q - zero) * scale;
        sum += counts.count(bin) * lost * lost;
      }
    }
    return sum;
  }
}
