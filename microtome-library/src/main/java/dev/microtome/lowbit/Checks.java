package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;

/// What is refused before anything is quantized.
final class Checks {
  private Checks() {}

  /// Refuses a weight that is not floating-point or holds NaN or infinite numbers: they would
  /// spread over their groups.
  static void finite(Tensor weight) {
    if (!weight.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "weights are floating-point numbers, got " + weight.dtype());
    }
    Grad.off(() ->
        Scope.run(() -> {
          Tensor numbers = weight.detach();
          if (Double.isFinite(numbers.min().item()) && Double.isFinite(numbers.max().item())) {
            return; // no copy of anything large
          }
          Tensor bad = numbers.isFinite().logicalNot();
          throw new IllegalArgumentException(
              "%d of the %d numbers of a weight %s are NaN or infinite, the first is number %d"
                  .formatted(
                      bad.sum().itemLong(),
                      weight.numel(),
                      weight.shape(),
                      bad.reshape(-1).to(DType.UINT8).argmax().itemLong()));
        }));
  }

  /// Refuses what can't say how much each input of a weight (out, in) counts: other shapes than
  /// (in) and (in, in), and negative numbers for an input.
  static void importance(Tensor inputs, Tensor weight) {
    boolean products = inputs.dim() == 2;
    if (weight.dim() != 2
        || inputs.dim() < 1
        || inputs.dim() > 2
        || inputs.size(0) != weight.size(1)
        || (products && inputs.size(1) != weight.size(1))) {
      throw new IllegalArgumentException(
          "a weight %s needs a number for each of its inputs, or for each pair, got %s"
              .formatted(weight.shape(), inputs.shape()));
    }
    finite(inputs);
    if ((products ? inputs.diagonal(0, 0, 1) : inputs).min().item() < 0) {
      throw new IllegalArgumentException("importance can't be negative");
    }
  }
}
