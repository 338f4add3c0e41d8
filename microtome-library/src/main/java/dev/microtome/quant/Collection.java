package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A running average over the first training calls that then becomes a parameter. What it knows
/// lies in three tensors of the layer it belongs to, so checkpoints hold it and training can go on
/// in the middle of collection: the learned `value`, the average so far, and the number of calls,
/// one more than wanted once the parameter has taken over.
final class Collection {
  private final TensorSlot value;
  private final TensorSlot average;
  private final TensorSlot count;
  private final int steps;
  private final @Nullable Double momentum;
  private boolean calibrating;

  Collection(
      TensorSlot value,
      TensorSlot average,
      TensorSlot count,
      int steps,
      @Nullable Double momentum) {
    this.value = value;
    this.average = average;
    this.count = count;
    this.steps = steps;
    this.momentum = momentum;
  }

  /// Whether the next training call is measured.
  boolean isCollecting() {
    return calibrating || count() < steps;
  }

  /// Whether the parameter has taken over.
  boolean isLearned() {
    return !calibrating && count() > steps;
  }

  /// Calls that were measured, one more once the parameter has taken over.
  long count() {
    return count.get().itemLong();
  }

  int steps() {
    return steps;
  }

  Tensor average() {
    return average.get();
  }

  Tensor value() {
    return value.get();
  }

  /// Takes one batch's statistic into the average.
  void add(Tensor statistic) {
    Tensor seen = statistic.detach();
    Tensor running = average.get();
    long before = count();
    Grad.off(() -> {
      if (before == 0) {
        running.copy_(seen);
      } else if (momentum == null || calibrating) {
        running.mul_((double) before / (before + 1)).add_(seen.div(before + 1.0));
      } else {
        running.mul_(1 - momentum).add_(seen.mul(momentum));
      }
      count.get().add_(1);
    });
  }

  /// Ends the collection: `learned` becomes the parameter.
  void learn(Tensor learned) {
    Grad.off(() -> {
      value.get().copy_(learned);
      count.get().fill_(steps + 1);
    });
  }

  /// Collects without end, all batches alike, until [#learn].
  void calibrate(boolean on) {
    calibrating = on;
  }
}
