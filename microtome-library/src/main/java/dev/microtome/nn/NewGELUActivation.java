package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// GPT-2's GELU, the tanh approximation `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
public final class NewGELUActivation extends Layer<Tensor, Tensor> {
  @Override
  protected Tensor forward(Tensor x) {
    return x.geluTanh();
  }

  @Override
  protected NewGELUActivation twin() {
    return new NewGELUActivation();
  }
}
