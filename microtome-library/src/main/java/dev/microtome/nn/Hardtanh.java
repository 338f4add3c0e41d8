package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// Clamps to `min … max`.
public final class Hardtanh extends Layer<Tensor, Tensor> {
  private final double min;
  private final double max;

  public Hardtanh() {
    this(-1, 1);
  }

  public Hardtanh(double min, double max) {
    if (!(min < max)) {
      throw new IllegalArgumentException("min %s must be below max %s".formatted(min, max));
    }
    this.min = min;
    this.max = max;
  }

  public double min() {
    return min;
  }

  public double max() {
    return max;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.hardtanh(min, max);
  }

  @Override
  protected Hardtanh twin() {
    return new Hardtanh(min, max);
  }

  @Override
  protected String describe() {
    return "min_val=" + PythonFormat.of(min) + ", max_val=" + PythonFormat.of(max);
  }
}
