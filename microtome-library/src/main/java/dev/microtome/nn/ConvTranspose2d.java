package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// The transpose of [Conv2d]: it undoes the change of size, not of values.
public final class ConvTranspose2d extends Convolution {
  public ConvTranspose2d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, ConvSettings.DEFAULT);
  }

  public ConvTranspose2d(long inChannels, long outChannels, long kernel, ConvSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), settings);
  }

  /// A kernel of one number is the same in every dimension.
  public ConvTranspose2d(long inChannels, long outChannels, Shape kernel, ConvSettings settings) {
    super(inChannels, outChannels, ConvSettings.spread("kernel", kernel, 2), settings, true);
  }

  @Override
  protected Tensor forward(Tensor x) {
    ConvSettings s = settings();
    return x.convTranspose2d(
        weight(),
        bias(),
        s.stride().dims(),
        s.padding().dims(),
        s.outputPadding().dims(),
        s.groups(),
        s.dilation().dims());
  }

  @Override
  protected ConvTranspose2d twin() {
    return new ConvTranspose2d(inChannels(), outChannels(), kernel(), settings());
  }
}
