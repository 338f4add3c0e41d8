package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `-logProbabilities[target]`: [CrossEntropyLoss] for inputs that went through [LogSoftmax].
///
/// @param weight a factor per class, or null
/// @param ignoreIndex targets of this value do not count
public record NllLoss(@Nullable Tensor weight, long ignoreIndex, Reduction reduction) {
  public NllLoss() {
    this(null, -100, Reduction.MEAN);
  }

  public NllLoss withIgnoreIndex(long index) {
    return new NllLoss(weight, index, reduction);
  }

  public NllLoss withReduction(Reduction how) {
    return new NllLoss(weight, ignoreIndex, how);
  }

  public Tensor apply(Tensor logProbabilities, Tensor target) {
    return Ops.tensor(
        "aten::nll_loss_nd", logProbabilities, target, weight, reduction.code(), ignoreIndex);
  }
}
