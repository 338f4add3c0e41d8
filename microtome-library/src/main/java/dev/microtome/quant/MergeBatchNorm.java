package dev.microtome.quant;

import dev.microtome.nn.BatchNorm2d;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;

/// Folds a batch norm into the layer before it: `w ← w · γ / √(var + ε)`, `b ← (b − mean) γ / √(var
/// + ε) + β`. In evaluation the layer then gives what both gave. Learned ranges of the weight are
///   measured anew.
public final class MergeBatchNorm {
  private MergeBatchNorm() {}

  /// Folds `norm` into `layer`, which gets a bias if it has none. Put an identity where the norm
  /// was.
  public static void into(QuantWeightLayer layer, BatchNorm2d norm) {
    into(
        layer,
        norm.tensor("weight"),
        norm.tensor("bias"),
        norm.tensor("running_mean"),
        norm.tensor("running_var"),
        norm.eps());
  }

  /// As above, of the numbers of a norm, each of as many channels as the layer has outputs.
  public static void into(
      QuantWeightLayer layer, Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double eps) {
    int outputDim = layer instanceof QuantConvolution conv && conv.isTransposed() ? 1 : 0;
    Tensor weight = layer.weight();
    if (weight.size(outputDim) != gamma.numel()) {
      throw new IllegalArgumentException(
          "a batch norm of %d channels can't be folded into %s, whose weight is %s"
              .formatted(gamma.numel(), layer.where(), weight.shape()));
    }
    Grad.off(() -> {
      Tensor factor = gamma.div(variance.add(eps).sqrt());
      Tensor offset = beta.sub(mean.mul(factor));
      long[] shape = Broadcast.channels(gamma.numel(), outputDim, weight.dim()).dims();
      weight.mul_(factor.view(shape));
      Tensor bias = layer.bias();
      layer.bias(bias == null ? offset : bias.mul(factor).add(offset));
    });
    if (layer.weightQuant() != null && layer.weightQuant().range() instanceof AdoptedRange range) {
      range.forget();
    }
  }
}
