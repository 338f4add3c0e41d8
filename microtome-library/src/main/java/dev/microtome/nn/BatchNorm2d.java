package dev.microtome.nn;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;

/// Brings each channel of (batch, channels, height, width) to mean 0 and variance 1, then scales
/// and shifts it (Ioffe and Szegedy 2015). While training it measures the batch and remembers
/// running averages; else it uses those.
public final class BatchNorm2d extends Layer<Tensor, Tensor> {
  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  private final long channels;
  private final double eps;
  private final double momentum;
  private final TensorSlot weight;
  private final TensorSlot bias;
  private final TensorSlot runningMean;
  private final TensorSlot runningVar;
  private final TensorSlot batches;

  public BatchNorm2d(long channels) {
    this(channels, EPS, MOMENTUM);
  }

  /// `momentum` is the share of a new batch in the running averages.
  public BatchNorm2d(long channels, double eps, double momentum) {
    this.channels = Check.positive("num_features", channels);
    this.eps = Check.notNegative("eps", eps);
    this.momentum = Check.probability("momentum", momentum);
    weight = parameter("weight", Tensor.ones(channels));
    bias = parameter("bias", Tensor.zeros(channels));
    runningMean = buffer("running_mean", Tensor.zeros(channels));
    runningVar = buffer("running_var", Tensor.ones(channels));
    batches = buffer("num_batches_tracked", Tensor.scalar(0, DType.INT64));
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() != 4) {
      throw new IllegalArgumentException(
          "%s needs (batch, channels, height, width), got %s"
              .formatted(LayerPaths.describe(this), x.shape()));
    }
    if (isTraining() && !x.device().equals(Device.META)) { // a shape-only run leaves no trace
      Grad.off(() -> batches.get().add_(1));
    }
    return x.batchNorm(
        weight.get(), bias.get(), runningMean.get(), runningVar.get(), isTraining(), momentum, eps);
  }

  /// What is added to the variance before its root is taken.
  public double eps() {
    return eps;
  }

  @Override
  protected BatchNorm2d twin() {
    return new BatchNorm2d(channels, eps, momentum);
  }

  @Override
  protected String describe() {
    return "%d, eps=%s, momentum=%s, affine=True, track_running_stats=True"
        .formatted(channels, PythonFormat.of(eps), PythonFormat.of(momentum));
  }
}
