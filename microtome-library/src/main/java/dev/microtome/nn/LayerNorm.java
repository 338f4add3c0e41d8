package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// Brings the last dimensions to mean 0 and variance 1, then scales and shifts them (Ba et al.
/// 2016).
public final class LayerNorm extends Layer<Tensor, Tensor> {
  private static final double EPS = 1e-5;

  private final Shape normalized;
  private final double eps;
  private final TensorSlot weight;
  private final TensorSlot bias;

  public LayerNorm(long width) {
    this(width, EPS);
  }

  public LayerNorm(long width, double eps) {
    this(new Shape(width), eps, true);
  }

  /// Over the last dimensions, which are `normalized`; `affine` gives it a weight and a bias.
  public LayerNorm(Shape normalized, double eps, boolean affine) {
    for (long size : normalized.dims()) {
      Check.positive("normalized_shape", size);
    }
    this.normalized = normalized;
    this.eps = Check.notNegative("eps", eps);
    weight = affine ? parameter("weight", Tensor.ones(normalized)) : absentParameter("weight");
    bias = affine ? parameter("bias", Tensor.zeros(normalized)) : absentParameter("bias");
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.layerNorm(normalized, weight.orNull(), bias.orNull(), eps);
  }

  @Override
  protected LayerNorm twin() {
    return new LayerNorm(normalized, eps, weight.isPresent());
  }

  @Override
  protected String describe() {
    return "%s, eps=%s, elementwise_affine=%s"
        .formatted(
            PythonFormat.tuple(normalized.dims()),
            PythonFormat.of(eps),
            PythonFormat.of(weight.isPresent()));
  }
}
