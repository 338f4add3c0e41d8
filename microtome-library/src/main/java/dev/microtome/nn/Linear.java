package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `y = x Wᵀ + b` over the last dimension; the weight is (out, in).
public final class Linear extends Layer<Tensor, Tensor> implements LinearLike {
  private final long inFeatures;
  private final long outFeatures;
  private final TensorSlot weight;
  private final TensorSlot bias;

  public Linear(long inFeatures, long outFeatures) {
    this(inFeatures, outFeatures, true);
  }

  public Linear(long inFeatures, long outFeatures, boolean bias) {
    this.inFeatures = Check.positive("in_features", inFeatures);
    this.outFeatures = Check.positive("out_features", outFeatures);
    weight = parameter("weight", Init.weight(outFeatures, inFeatures));
    this.bias =
        bias
            ? parameter("bias", Init.uniform(Init.biasBound(weight.get().shape()), outFeatures))
            : absentParameter("bias");
  }

  private Linear(Tensor weight, @Nullable Tensor bias) {
    inFeatures = weight.size(1);
    outFeatures = weight.size(0);
    this.weight = parameter("weight", weight);
    this.bias = bias == null ? absentParameter("bias") : parameter("bias", bias);
  }

  /// A layer with copies of a weight (out, in) and a bias (out).
  ///
  /// @throws IllegalArgumentException when the shapes do not fit each other
  public static Linear of(Tensor weight, @Nullable Tensor bias) {
    Check.weightAndBias(weight, bias);
    return new Linear(weight.detach().copy(), bias == null ? null : bias.detach().copy());
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.linear(weight.get(), bias.orNull());
  }

  @Override
  public Tensor weight() {
    return weight.get();
  }

  @Override
  public @Nullable Tensor bias() {
    return bias.orNull();
  }

  @Override
  public long inFeatures() {
    return inFeatures;
  }

  @Override
  public long outFeatures() {
    return outFeatures;
  }

  @Override
  protected Linear twin() {
    return new Linear(inFeatures, outFeatures, bias.isPresent());
  }

  @Override
  protected String describe() {
    return "in_features=%d, out_features=%d, bias=%s"
        .formatted(inFeatures, outFeatures, PythonFormat.of(bias.isPresent()));
  }
}
