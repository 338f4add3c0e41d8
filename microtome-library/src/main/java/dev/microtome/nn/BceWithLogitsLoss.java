package dev.microtome.nn;

import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Tensor;

/// Binary cross-entropy of `sigmoid(input)`, computed without overflow; targets are 0 to 1.
public record BceWithLogitsLoss(Reduction reduction) {
  public BceWithLogitsLoss() {
    this(Reduction.MEAN);
  }

  public Tensor apply(Tensor input, Tensor target) {
    return input.binaryCrossEntropyWithLogits(target, null, null, reduction);
  }
}
