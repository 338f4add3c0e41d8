package dev.microtome.nn;

import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Tensor;

/// The squared difference.
public record MseLoss(Reduction reduction) {
  public MseLoss() {
    this(Reduction.MEAN);
  }

  public Tensor apply(Tensor input, Tensor target) {
    return input.mseLoss(target, reduction);
  }
}
