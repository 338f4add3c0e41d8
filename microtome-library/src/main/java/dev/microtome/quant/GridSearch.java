package dev.microtome.quant;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/// Finds the [Statistic.LeastSquares]: tries shares of a statistic and keeps, for each part with a
/// scale of its own, the first with the smallest squared error.
final class GridSearch {
  private static final int CANDIDATES = 20;

  private GridSearch() {}

  /// @param of the statistic whose shares are tried, measured on `x`
  /// @param quantized what becomes of `x` when a candidate is the statistic
  static Tensor best(Tensor x, Lanes lanes, Statistic of, UnaryOperator<Tensor> quantized) {
    return Grad.off(() -> search(x, lanes, of, quantized));
  }

  private static Tensor search(
      Tensor x, Lanes lanes, Statistic of, UnaryOperator<Tensor> quantized) {
    Tensor step = lanes.measure(of, List.of(x)).div(CANDIDATES);
    Tensor best = step;
    Tensor least = step.fullLike(Double.POSITIVE_INFINITY);
    for (int i = 2; i <= CANDIDATES; i++) {
      Tensor candidate = step.mul(i);
      Tensor error = lanes.sum(x.sub(quantized.apply(candidate)).square());
      best = candidate.where(error.lt(least), best);
      least = least.minimum(error);
    }
    return best;
  }
}
