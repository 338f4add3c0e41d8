package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;

/// The absolute difference.
public record L1Loss(Reduction reduction) {
  public L1Loss() {
    this(Reduction.MEAN);
  }

  public Tensor apply(Tensor input, Tensor target) {
    return Ops.tensor("aten::l1_loss", input, target, reduction.code());
  }
}
