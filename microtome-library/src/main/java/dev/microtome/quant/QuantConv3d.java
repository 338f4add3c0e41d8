package dev.microtome.quant;

import dev.microtome.nn.ConvSettings;
import dev.microtome.tensor.Shape;

/// A convolution over volumes, (batch, in, depth, height, width), with quantizers.
public final class QuantConv3d extends QuantConvolution {
  public QuantConv3d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, WeightSettings.DEFAULT);
  }

  public QuantConv3d(long inChannels, long outChannels, long kernel, WeightSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), ConvSettings.DEFAULT, settings);
  }

  /// A kernel of one number is the same in every dimension.
  public QuantConv3d(
      long inChannels, long outChannels, Shape kernel, ConvSettings conv, WeightSettings settings) {
    this(new Plan(inChannels, outChannels, Plan.kernel(kernel, 3), conv, false), settings);
  }

  private QuantConv3d(Plan plan, WeightSettings settings) {
    super(plan, settings);
  }

  @Override
  protected QuantConv3d twin() {
    return new QuantConv3d(plan(), settings().alone());
  }
}
