package dev.microtome.quant;

import dev.microtome.nn.Init;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `y = x Wᵀ + b` over the last dimension with quantizers; the weight is (out, in).
public final class QuantLinear extends QuantWeightLayer implements LinearLike {
  private final long inFeatures;
  private final long outFeatures;
  private final boolean hasBias;

  public QuantLinear(long inFeatures, long outFeatures) {
    this(inFeatures, outFeatures, true, WeightSettings.DEFAULT);
  }

  public QuantLinear(long inFeatures, long outFeatures, WeightSettings settings) {
    this(inFeatures, outFeatures, true, settings);
  }

  public QuantLinear(long inFeatures, long outFeatures, boolean bias, WeightSettings settings) {
    if (inFeatures < 1 || outFeatures < 1) {
      throw new IllegalArgumentException(
          "a linear layer has at least 1 input and 1 output, got %d and %d"
              .formatted(inFeatures, outFeatures));
    }
    Tensor weight = Init.kaimingUniform_(Tensor.empty(outFeatures, inFeatures), Math.sqrt(5));
    double bound = 1 / Math.sqrt((double) inFeatures);
    super(
        settings, weight, bias ? Init.uniform_(Tensor.empty(outFeatures), -bound, bound) : null, 0);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.hasBias = bias;
  }

  @Override
  Tensor compute(Tensor x, Tensor weight, @Nullable Tensor bias) {
    return x.linear(weight, bias);
  }

  @Override
  void check(Tensor x) {
    if (x.dim() == 0 || x.size(-1) != inFeatures) {
      throw new IllegalArgumentException(
          "%s needs (…, %d), got %s".formatted(where(), inFeatures, x.shape()));
    }
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
  protected QuantLinear twin() {
    return new QuantLinear(inFeatures, outFeatures, hasBias, settings().alone());
  }

  @Override
  protected String describe() {
    return "in_features=%d, out_features=%d, bias=%s%s"
        .formatted(inFeatures, outFeatures, PythonFormat.of(bias() != null), suffix());
  }
}
