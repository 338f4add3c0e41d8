package dev.microtome.nn;

import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Tensor;

/// The absolute difference.
public record L1Loss(Reduction reduction) {
  public L1Loss() {
    this(Reduction.MEAN);
  }

  public Tensor apply(Tensor input, Tensor target) {
    return input.l1Loss(target, reduction);
  }
}
