package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// Makes dimensions `from … to` one; by default all but the batch.
public final class Flatten extends Layer<Tensor, Tensor> {
  private final long from;
  private final long to;

  public Flatten() {
    this(1, -1);
  }

  public Flatten(long from, long to) {
    this.from = from;
    this.to = to;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.flatten(from, to);
  }

  @Override
  protected Flatten twin() {
    return new Flatten(from, to);
  }

  @Override
  protected String describe() {
    return "start_dim=" + from + ", end_dim=" + to;
  }
}
