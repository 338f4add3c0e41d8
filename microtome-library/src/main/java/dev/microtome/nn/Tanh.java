package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// The hyperbolic tangent.
public final class Tanh extends Layer<Tensor, Tensor> {
  @Override
  protected Tensor forward(Tensor x) {
    return x.tanh();
  }

  @Override
  protected Tanh twin() {
    return new Tanh();
  }
}
