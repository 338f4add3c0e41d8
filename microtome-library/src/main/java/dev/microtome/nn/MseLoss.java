package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;

/// The squared difference.
public record MseLoss(Reduction reduction) {
  public MseLoss() {
    this(Reduction.MEAN);
  }

  public Tensor apply(Tensor input, Tensor target) {
    return Ops.tensor("aten::mse_loss", input, target, reduction.code());
  }
}
