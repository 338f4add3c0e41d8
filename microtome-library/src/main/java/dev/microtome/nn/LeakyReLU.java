package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// `x` where positive, else `slope x`.
public final class LeakyReLU extends Layer<Tensor, Tensor> {
  private final double slope;

  public LeakyReLU() {
    this(0.01);
  }

  public LeakyReLU(double slope) {
    this.slope = slope;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.leakyRelu(slope);
  }

  @Override
  protected LeakyReLU twin() {
    return new LeakyReLU(slope);
  }

  @Override
  protected String describe() {
    return "negative_slope=" + PythonFormat.of(slope);
  }
}
