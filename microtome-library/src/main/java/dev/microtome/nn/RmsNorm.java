package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// Divides the last dimension by its root mean square, then scales it (Zhang and Sennrich 2019).
public final class RmsNorm extends Layer<Tensor, Tensor> {
  private final long width;
  private final double eps;
  private final TensorSlot weight;

  public RmsNorm(long width, double eps) {
    this.width = Check.positive("normalized_shape", width);
    this.eps = Check.notNegative("eps", eps);
    weight = parameter("weight", Tensor.ones(width));
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.rmsNorm(new Shape(width), weight.get(), eps);
  }

  @Override
  protected RmsNorm twin() {
    return new RmsNorm(width, eps);
  }

  @Override
  protected String name() {
    return "RMSNorm";
  }

  @Override
  protected String describe() {
    return "%s, eps=%s, elementwise_affine=True"
        .formatted(PythonFormat.tuple(width), PythonFormat.of(eps));
  }
}
