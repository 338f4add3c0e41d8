package dev.microtome.quant;

import dev.microtome.nn.ConvSettings;
import dev.microtome.tensor.Shape;

/// The transpose of [QuantConv2d]: it undoes the change of size, not of values.
public final class QuantConvTranspose2d extends QuantConvolution {
  public QuantConvTranspose2d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, WeightSettings.DEFAULT);
  }

  public QuantConvTranspose2d(
      long inChannels, long outChannels, long kernel, WeightSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), ConvSettings.DEFAULT, settings);
  }

  /// A kernel of one number is the same in every dimension.
  public QuantConvTranspose2d(
      long inChannels, long outChannels, Shape kernel, ConvSettings conv, WeightSettings settings) {
    this(new Plan(inChannels, outChannels, Plan.kernel(kernel, 2), conv, true), settings);
  }

  private QuantConvTranspose2d(Plan plan, WeightSettings settings) {
    super(plan, settings);
  }

  @Override
  protected QuantConvTranspose2d twin() {
    return new QuantConvTranspose2d(plan(), settings().alone());
  }
}
