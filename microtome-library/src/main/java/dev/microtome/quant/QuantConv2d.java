package dev.microtome.quant;

import dev.microtome.nn.ConvSettings;
import dev.microtome.tensor.Shape;

/// A convolution over images, (batch, in, height, width), with quantizers.
public final class QuantConv2d extends QuantConvolution {
  public QuantConv2d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, WeightSettings.DEFAULT);
  }

  public QuantConv2d(long inChannels, long outChannels, long kernel, WeightSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), ConvSettings.DEFAULT, settings);
  }

  /// A kernel of one number is the same in every dimension.
  public QuantConv2d(
      long inChannels, long outChannels, Shape kernel, ConvSettings conv, WeightSettings settings) {
    this(new Plan(inChannels, outChannels, Plan.kernel(kernel, 2), conv, false), settings);
  }

  private QuantConv2d(Plan plan, WeightSettings settings) {
    super(plan, settings);
  }

  @Override
  protected QuantConv2d twin() {
    return new QuantConv2d(plan(), settings().alone());
  }
}
