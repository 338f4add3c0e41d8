package dev.microtome.nn;

import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `-log softmax(logits)[target]`. Logits are (rows, classes, …), targets whole numbers (rows, …)
/// or probabilities of the logits' shape.
///
/// @param weight a factor per class, or null
/// @param ignoreIndex targets of this value do not count
/// @param labelSmoothing how much of each target is spread over all classes, 0 to 1
public record CrossEntropyLoss(
    @Nullable Tensor weight, long ignoreIndex, double labelSmoothing, Reduction reduction) {
  public CrossEntropyLoss {
    Check.probability("label smoothing", labelSmoothing);
  }

  /// PyTorch's defaults: mean, ignoring -100.
  public CrossEntropyLoss() {
    this(null, -100, 0, Reduction.MEAN);
  }

  public CrossEntropyLoss withWeight(Tensor perClass) {
    return new CrossEntropyLoss(perClass, ignoreIndex, labelSmoothing, reduction);
  }

  public CrossEntropyLoss withIgnoreIndex(long index) {
    return new CrossEntropyLoss(weight, index, labelSmoothing, reduction);
  }

  public CrossEntropyLoss withLabelSmoothing(double amount) {
    return new CrossEntropyLoss(weight, ignoreIndex, amount, reduction);
  }

  public CrossEntropyLoss withReduction(Reduction how) {
    return new CrossEntropyLoss(weight, ignoreIndex, labelSmoothing, how);
  }

  public Tensor apply(Tensor logits, Tensor target) {
    return logits.crossEntropy(target, weight, reduction, ignoreIndex, labelSmoothing);
  }
}
