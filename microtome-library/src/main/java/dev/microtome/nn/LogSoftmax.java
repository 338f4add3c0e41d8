package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// The logarithm of [Softmax], computed without overflow.
public final class LogSoftmax extends Layer<Tensor, Tensor> {
  private final long dim;

  public LogSoftmax(long dim) {
    this.dim = dim;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.logSoftmax(dim);
  }

  @Override
  protected LogSoftmax twin() {
    return new LogSoftmax(dim);
  }

  @Override
  protected String describe() {
    return "dim=" + dim;
  }
}
