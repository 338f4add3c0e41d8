package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// A convolution over height and width, (batch, in, height, width).
public final class Conv2d extends Convolution {
  public Conv2d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, ConvSettings.DEFAULT);
  }

  public Conv2d(long inChannels, long outChannels, long kernel, ConvSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), settings);
  }

  /// A kernel of one number is the same in every dimension.
  public Conv2d(long inChannels, long outChannels, Shape kernel, ConvSettings settings) {
    super(inChannels, outChannels, ConvSettings.spread("kernel", kernel, 2), settings, false);
  }

  @Override
  protected Tensor forward(Tensor x) {
    ConvSettings s = settings();
    ConvSettings.Padded in = s.padded(x, kernel());
    return in.x()
        .conv2d(
            weight(),
            bias(),
            s.stride().dims(),
            in.padding().dims(),
            s.dilation().dims(),
            s.groups());
  }

  @Override
  protected Conv2d twin() {
    return new Conv2d(inChannels(), outChannels(), kernel(), settings());
  }
}
