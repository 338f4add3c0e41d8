package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// GPT-2's linear layer, which its authors called a convolution: `y = x W + b` with the weight (in,
/// out), the transpose of [Linear]'s. Not a convolution; that is [Conv1d].
public final class Conv1D extends Layer<Tensor, Tensor> implements LinearLike {
  private final long outFeatures;
  private final long inFeatures;
  private final TensorSlot weight;
  private final TensorSlot bias;

  /// Weights are normal with deviation 0.02, the bias zero. The order is the original's: outputs
  /// first.
  public Conv1D(long outFeatures, long inFeatures) {
    this.outFeatures = Check.positive("nf", outFeatures);
    this.inFeatures = Check.positive("nx", inFeatures);
    weight = parameter("weight", Init.normal_(Tensor.empty(inFeatures, outFeatures), 0, 0.02));
    bias = parameter("bias", Tensor.zeros(outFeatures));
  }

  private Conv1D(Tensor weight, Tensor bias) {
    outFeatures = weight.size(1);
    inFeatures = weight.size(0);
    this.weight = parameter("weight", weight);
    this.bias = parameter("bias", bias);
  }

  /// A layer with copies of a weight, given as (out, in), and a bias (out).
  public static Conv1D of(Tensor weight, Tensor bias) {
    Check.weightAndBias(weight, bias);
    return new Conv1D(weight.detach().t().copy().contiguous(), bias.detach().copy());
  }

  @Override
  public Conv1D floatLayer(Tensor weight) {
    return of(weight, bias.get());
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() == 2) {
      return bias.get().addmm(x, weight.get());
    }
    long[] shape = x.shape().dims();
    if (shape.length == 0) {
      throw new IllegalArgumentException(
          LayerPaths.describe(this) + " needs at least one dimension, got a scalar");
    }
    Tensor rows = x.reshape(-1, shape[shape.length - 1]);
    shape[shape.length - 1] = outFeatures;
    return bias.get().addmm(rows, weight.get()).view(shape);
  }

  @Override
  public Tensor weight() {
    return weight.get().t();
  }

  @Override
  public Tensor bias() {
    return bias.get();
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
  protected Conv1D twin() {
    return new Conv1D(outFeatures, inFeatures);
  }

  @Override
  protected String describe() {
    return "nf=%d, nx=%d".formatted(outFeatures, inFeatures);
  }
}
