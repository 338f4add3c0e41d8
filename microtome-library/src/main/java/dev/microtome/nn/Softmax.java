package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// `exp(x)` divided by its sum along one dimension.
public final class Softmax extends Layer<Tensor, Tensor> {
  private final long dim;

  public Softmax(long dim) {
    this.dim = dim;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.softmax(dim);
  }

  @Override
  protected Softmax twin() {
    return new Softmax(dim);
  }

  @Override
  protected String describe() {
    return "dim=" + dim;
  }
}
