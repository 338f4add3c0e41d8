package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// Brings each group of channels of each example to mean 0 and variance 1, then scales and shifts
/// each channel (Wu and He 2018).
public final class GroupNorm extends Layer<Tensor, Tensor> {
  private static final double EPS = 1e-5;

  private final long groups;
  private final long channels;
  private final TensorSlot weight;
  private final TensorSlot bias;

  public GroupNorm(long groups, long channels) {
    this.groups = Check.positive("num_groups", groups);
    this.channels = Check.positive("num_channels", channels);
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          "%d groups do not divide %d channels".formatted(groups, channels));
    }
    weight = parameter("weight", Tensor.ones(channels));
    bias = parameter("bias", Tensor.zeros(channels));
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.groupNorm(groups, weight.get(), bias.get(), EPS);
  }

  @Override
  protected GroupNorm twin() {
    return new GroupNorm(groups, channels);
  }

  @Override
  protected String describe() {
    return "%d, %d, eps=%s, affine=True".formatted(groups, channels, PythonFormat.of(EPS));
  }
}
