package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// A number that says how far the values of a tensor reach. Differentiable: the gradient goes into
/// the elements the number was read from.
public sealed interface Statistic {
  /// Over all elements: a scalar.
  Tensor of(Tensor x);

  /// Of each row of (rows, n): as many numbers as rows, or a scalar for those that average rows.
  Tensor ofRows(Tensor rows);

  /// The `q`-th percentile of |x|: the k-th smallest of n, `k = floor(.01 q n + .5)`.
  record AbsPercentile(double q) implements Statistic {
    public AbsPercentile {
      Percentile.check(q);
    }

    @Override
    public Tensor of(Tensor x) {
      return Percentile.ofMagnitudes(x, Percentile.high(q, x.numel()));
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return Percentile.select(rows.abs(), Percentile.high(q, rows.size(1)));
    }

    @Override
    public String toString() {
      return "percentile " + Percentile.show(q) + " of |x|";
    }
  }

  /// From the `low`-th percentile, or 0 when that is above, to the `high`-th.
  record PercentileInterval(double low, double high) implements Statistic {
    public PercentileInterval {
      Percentile.check(low);
      Percentile.check(high);
    }

    @Override
    public Tensor of(Tensor x) {
      long n = x.numel();
      Tensor start = Percentile.ofValues(x, Percentile.low(low, n)).clampMax(0);
      return Percentile.ofValues(x, Percentile.high(high, n)).sub(start).abs();
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      long n = rows.size(1);
      Tensor start = Percentile.select(rows, Percentile.low(low, n)).clampMax(0);
      return Percentile.select(rows, Percentile.high(high, n)).sub(start).abs();
    }

    @Override
    public String toString() {
      return "percentiles %s to %s of x".formatted(Percentile.show(low), Percentile.show(high));
    }
  }

  /// The largest |x|.
  record AbsMax() implements Statistic {
    @Override
    public Tensor of(Tensor x) {
      return x.abs().max();
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return rows.abs().max(1).values();
    }

    @Override
    public String toString() {
      return "max |x|";
    }
  }

  /// From the smallest x, or 0 when that is above, to the largest.
  record AbsMinMax() implements Statistic {
    @Override
    public Tensor of(Tensor x) {
      return x.max().sub(x.min().clampMax(0)).abs();
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return rows.max(1).values().sub(rows.min(1).values().clampMax(0)).abs();
    }

    @Override
    public String toString() {
      return "max x − min x";
    }
  }

  /// The mean over rows of their largest |x|.
  record AbsMaxAve() implements Statistic {
    @Override
    public Tensor of(Tensor x) {
      return ofRows(x.reshape(1, -1));
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return rows.abs().max(1).values().mean();
    }

    @Override
    public String toString() {
      return "mean over channels of max |x|";
    }
  }

  /// The root mean square over rows of their largest |x|.
  record AbsMaxL2() implements Statistic {
    @Override
    public Tensor of(Tensor x) {
      return ofRows(x.reshape(1, -1));
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return rows.abs().max(1).values().norm(2).div(Math.sqrt((double) rows.size(0)));
    }

    @Override
    public String toString() {
      return "root mean square over channels of max |x|";
    }
  }

  /// The mean of |x|.
  record AbsAve() implements Statistic {
    @Override
    public Tensor of(Tensor x) {
      return x.abs().mean();
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return rows.abs().mean(1);
    }

    @Override
    public String toString() {
      return "mean |x|";
    }
  }

  /// `mean + sigma · deviation` of |x|.
  record MeanSigmaStd(double sigma) implements Statistic {
    private static final double EPSILON = 1e-8;

    @Override
    public Tensor of(Tensor x) {
      Tensor size = x.abs();
      return size.mean().add(size.var().add(EPSILON).sqrt().mul(sigma));
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      Tensor size = rows.abs();
      return size.mean(1).add(size.var(1, true, false).add(EPSILON).sqrt().mul(sigma));
    }

    @Override
    public String toString() {
      return "mean + " + Percentile.show(sigma) + " deviations of |x|";
    }
  }

  /// The `q`-th percentile of x, or 0 when that is above: where a shifted grid begins.
  record NegativePercentileOrZero(double q) implements Statistic {
    public NegativePercentileOrZero {
      Percentile.check(q);
    }

    @Override
    public Tensor of(Tensor x) {
      return Percentile.ofValues(x, Percentile.low(q, x.numel())).clampMax(0);
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return Percentile.select(rows, Percentile.low(q, rows.size(1))).clampMax(0);
    }

    @Override
    public String toString() {
      return "percentile " + Percentile.show(q) + " of x, at most 0";
    }
  }

  /// The smallest x, or 0 when that is above.
  record NegativeMinOrZero() implements Statistic {
    @Override
    public Tensor of(Tensor x) {
      return x.min().clampMax(0);
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return rows.min(1).values().clampMax(0);
    }

    @Override
    public String toString() {
      return "min x, at most 0";
    }
  }

  /// The range with the smallest summed square of rounding and clipping errors, of 19 shares of
  /// `of`: 2/20 to 20/20. Without a gradient. [GridSearch] tries them.
  record LeastSquares(Statistic of) implements Statistic {
    public LeastSquares {
      if (of instanceof LeastSquares) {
        throw new IllegalArgumentException("a search can't search over a search");
      }
    }

    @Override
    public Tensor of(Tensor x) {
      return of.of(x);
    }

    @Override
    public Tensor ofRows(Tensor rows) {
      return of.ofRows(rows);
    }

    @Override
    public String toString() {
      return "the share of " + of + " with the least squared error";
    }
  }
}
