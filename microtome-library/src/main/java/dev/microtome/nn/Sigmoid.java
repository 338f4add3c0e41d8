package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// `1 / (1 + exp(-x))`.
public final class Sigmoid extends Layer<Tensor, Tensor> {
  @Override
  protected Tensor forward(Tensor x) {
    return x.sigmoid();
  }

  @Override
  protected Sigmoid twin() {
    return new Sigmoid();
  }
}
