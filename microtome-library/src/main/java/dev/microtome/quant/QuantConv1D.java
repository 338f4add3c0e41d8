package dev.microtome.quant;

import dev.microtome.nn.Init;
import dev.microtome.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// GPT-2's linear layer with quantizers: `y = x W + b` with the weight (in, out), as its
/// checkpoints hold it. Takes the place of a [dev.microtome.nn.Conv1D]; not a convolution.
public final class QuantConv1D extends QuantWeightLayer {
  private final long outFeatures;
  private final long inFeatures;

  /// The order is the original's: outputs first.
  public QuantConv1D(long outFeatures, long inFeatures, WeightSettings settings) {
    if (inFeatures < 1 || outFeatures < 1) {
      throw new IllegalArgumentException(
          "a linear layer has at least 1 input and 1 output, got %d and %d"
              .formatted(inFeatures, outFeatures));
    }
    super(
        settings,
        Init.normal_(Tensor.empty(inFeatures, outFeatures), 0, 0.02),
        Tensor.zeros(outFeatures),
        1);
    this.outFeatures = outFeatures;
    this.inFeatures = inFeatures;
  }

  @Override
  Tensor compute(Tensor x, Tensor weight, @Nullable Tensor bias) {
    return x.linear(weight.transpose(0, 1), Objects.requireNonNull(bias));
  }

  @Override
  void check(Tensor x) {
    if (x.dim() == 0 || x.size(-1) != inFeatures) {
      throw new IllegalArgumentException(
          "%s needs (…, %d), got %s".formatted(where(), inFeatures, x.shape()));
    }
  }

  @Override
  protected QuantConv1D twin() {
    return new QuantConv1D(outFeatures, inFeatures, settings().alone());
  }

  @Override
  protected String describe() {
    return "nf=%d, nx=%d%s".formatted(outFeatures, inFeatures, suffix());
  }
}
