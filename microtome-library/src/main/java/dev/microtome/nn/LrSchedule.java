package dev.microtome.nn;

import java.util.function.IntToDoubleFunction;

/// Sets an optimizer's learning rate from the number of steps taken: a factor of the rate it had
/// when the schedule was made. Call [#step] after the optimizer's, once a batch or once an epoch.
public final class LrSchedule {
  private final Optimizer optimizer;
  private final double base;
  private final IntToDoubleFunction rate;
  private int steps;

  private LrSchedule(Optimizer optimizer, IntToDoubleFunction rate) {
    this.optimizer = optimizer;
    this.base = optimizer.learningRate();
    this.rate = rate;
    optimizer.learningRate(rate.applyAsDouble(0));
  }

  /// `base · factor(steps)`, PyTorch's `LambdaLR`.
  public static LrSchedule lambdaLr(Optimizer optimizer, IntToDoubleFunction factor) {
    double base = optimizer.learningRate();
    return new LrSchedule(optimizer, step -> base * factor.applyAsDouble(step));
  }

  /// Times `gamma` every `size` steps, PyTorch's `StepLR`.
  public static LrSchedule stepLr(Optimizer optimizer, int size, double gamma) {
    Check.positive("step size", size);
    return lambdaLr(optimizer, step -> Math.pow(gamma, Math.floorDiv(step, size)));
  }

  /// Half a cosine from the base rate to `min` in `period` steps, and up again after, PyTorch's
  /// `CosineAnnealingLR`.
  public static LrSchedule cosineAnnealingLr(Optimizer optimizer, int period, double min) {
    Check.positive("period", period);
    double base = optimizer.learningRate();
    return new LrSchedule(
        optimizer, step -> min + (base - min) * (1 + Math.cos(Math.PI * step / period)) / 2);
  }

  /// Rises from 0 over `warmup` steps, then falls to 0 at `total`.
  public static LrSchedule linearWarmup(Optimizer optimizer, int warmup, int total) {
    if (warmup < 0 || total <= warmup) {
      throw new IllegalArgumentException(
          "warm-up of %d steps does not fit into %d".formatted(warmup, total));
    }
    return lambdaLr(
        optimizer,
        step ->
            step < warmup
                ? (double) step / warmup
                : Math.max(0, (double) (total - step) / (total - warmup)));
  }

  /// Counts a step and sets the rate that follows from it.
  public void step() {
    steps++;
    optimizer.learningRate(rate.applyAsDouble(steps));
  }

  /// The rate the optimizer had when this schedule was made.
  public double base() {
    return base;
  }

  public int steps() {
    return steps;
  }
}
