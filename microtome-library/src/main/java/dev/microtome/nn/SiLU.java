package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// `x sigmoid(x)`, also called swish.
public final class SiLU extends Layer<Tensor, Tensor> {
  @Override
  protected Tensor forward(Tensor x) {
    return x.silu();
  }

  @Override
  protected SiLU twin() {
    return new SiLU();
  }
}
