package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// `max(x, 0)`.
public final class ReLU extends Layer<Tensor, Tensor> {
  @Override
  protected Tensor forward(Tensor x) {
    return x.relu();
  }

  @Override
  protected ReLU twin() {
    return new ReLU();
  }
}
