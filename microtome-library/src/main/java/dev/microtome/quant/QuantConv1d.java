package dev.microtome.quant;

import dev.microtome.nn.ConvSettings;
import dev.microtome.tensor.Shape;

/// A convolution over a sequence, (batch, in, length), with quantizers.
public final class QuantConv1d extends QuantConvolution {
  public QuantConv1d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, WeightSettings.DEFAULT);
  }

  public QuantConv1d(long inChannels, long outChannels, long kernel, WeightSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), ConvSettings.DEFAULT, settings);
  }

  /// A kernel of one number is the same in every dimension.
  public QuantConv1d(
      long inChannels, long outChannels, Shape kernel, ConvSettings conv, WeightSettings settings) {
    this(new Plan(inChannels, outChannels, Plan.kernel(kernel, 1), conv, false), settings);
  }

  private QuantConv1d(Plan plan, WeightSettings settings) {
    super(plan, settings);
  }

  @Override
  protected QuantConv1d twin() {
    return new QuantConv1d(plan(), settings().alone());
  }
}
