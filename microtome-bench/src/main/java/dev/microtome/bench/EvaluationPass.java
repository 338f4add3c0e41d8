package dev.microtome.bench;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;

/// What an evaluation does with one batch: a forward pass that leaves nothing behind.
final class EvaluationPass {
  private EvaluationPass() {}

  static Runnable of(Layer<Tensor, Tensor> network, Tensor x) {
    network.eval();
    return () -> Scope.run(() -> Grad.off(() -> network.apply(x)).close());
  }
}
