package dev.microtome.quant;

import dev.microtome.nn.ConvSettings;
import dev.microtome.tensor.Shape;

/// The transpose of [QuantConv3d]: it undoes the change of size, not of values.
public final class QuantConvTranspose3d extends QuantConvolution {
  public QuantConvTranspose3d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, WeightSettings.DEFAULT);
  }

  public QuantConvTranspose3d(
      long inChannels, long outChannels, long kernel, WeightSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), ConvSettings.DEFAULT, settings);
  }

  /// A kernel of one number is the same in every dimension.
  public QuantConvTranspose3d(
      long inChannels, long outChannels, Shape kernel, ConvSettings conv, WeightSettings settings) {
    this(new Plan(inChannels, outChannels, Plan.kernel(kernel, 3), conv, true), settings);
  }

  private QuantConvTranspose3d(Plan plan, WeightSettings settings) {
    super(plan, settings);
  }

  @Override
  protected QuantConvTranspose3d twin() {
    return new QuantConvTranspose3d(plan(), settings().alone());
  }
}
