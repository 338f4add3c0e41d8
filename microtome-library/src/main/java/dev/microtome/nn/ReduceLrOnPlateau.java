package dev.microtome.nn;

/// Lowers the learning rate when a loss stops falling: after more than `patience` steps without an
/// improvement of one in ten thousand, the rate is multiplied by `factor`.
public final class ReduceLrOnPlateau {
  private static final double THRESHOLD = 1e-4;

  private final Optimizer optimizer;
  private final double factor;
  private final int patience;
  private double best = Double.POSITIVE_INFINITY;
  private int bad;

  public ReduceLrOnPlateau(Optimizer optimizer, double factor, int patience) {
    if (!(factor > 0 && factor < 1)) {
      throw new IllegalArgumentException("factor must be between 0 and 1, got " + factor);
    }
    this.optimizer = optimizer;
    this.factor = factor;
    this.patience = patience;
  }

  /// Looks at the loss of one more epoch.
  public void step(double loss) {
    if (loss < best - Math.abs(best) * THRESHOLD || best == Double.POSITIVE_INFINITY) {
      best = loss;
      bad = 0;
    } else if (++bad > patience) {
      optimizer.learningRate(optimizer.learningRate() * factor);
      bad = 0;
    }
  }
}
