package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;

/// Binary cross-entropy of `sigmoid(input)`, computed without overflow; targets are 0 to 1.
public record BceWithLogitsLoss(Reduction reduction) {
  public BceWithLogitsLoss() {
    this(Reduction.MEAN);
  }

  public Tensor apply(Tensor input, Tensor target) {
    return Ops.tensor(
        "aten::binary_cross_entropy_with_logits", input, target, null, null, reduction.code());
  }
}
