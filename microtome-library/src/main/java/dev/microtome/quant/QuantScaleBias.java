package dev.microtome.quant;

import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `y = x · w + b` per channel of (batch, channels, height, width), with quantizers: what is left
/// of a batch norm in evaluation.
public final class QuantScaleBias extends QuantWeightLayer {
  private final long channels;
  private final boolean hasBias;

  public QuantScaleBias(long channels, boolean bias, WeightSettings settings) {
    if (channels < 1) {
      throw new IllegalArgumentException("at least 1 channel is needed, got " + channels);
    }
    super(settings, Tensor.ones(channels), bias ? Tensor.zeros(channels) : null, 0);
    this.channels = channels;
    this.hasBias = bias;
  }

  @Override
  Tensor compute(Tensor x, Tensor weight, @Nullable Tensor bias) {
    Tensor scaled = x.mul(weight.view(1, -1, 1, 1));
    return bias == null ? scaled : scaled.add(bias.view(1, -1, 1, 1));
  }

  @Override
  void check(Tensor x) {
    if (x.dim() != 4 || x.size(1) != channels) {
      throw new IllegalArgumentException(
          "%s needs (batch, %d, height, width), got %s".formatted(where(), channels, x.shape()));
    }
  }

  @Override
  protected QuantScaleBias twin() {
    return new QuantScaleBias(channels, hasBias, settings().alone());
  }

  @Override
  protected String describe() {
    return "%d, bias=%s%s".formatted(channels, PythonFormat.of(bias() != null), suffix());
  }
}
