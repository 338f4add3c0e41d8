package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// A convolution over a length, (batch, in, length) to (batch, out, length'). GPT-2's `Conv1D` is
/// another layer: [Conv1D].
public final class Conv1d extends Convolution {
  public Conv1d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, ConvSettings.DEFAULT);
  }

  public Conv1d(long inChannels, long outChannels, long kernel, ConvSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), settings);
  }

  /// A kernel of one number is the same in every dimension.
  public Conv1d(long inChannels, long outChannels, Shape kernel, ConvSettings settings) {
    super(inChannels, outChannels, ConvSettings.spread("kernel", kernel, 1), settings, false);
  }

  @Override
  protected Tensor forward(Tensor x) {
    ConvSettings s = settings();
    ConvSettings.Padded in = s.padded(x, kernel());
    return in.x()
        .conv1d(
            weight(),
            bias(),
            s.stride().dims(),
            in.padding().dims(),
            s.dilation().dims(),
            s.groups());
  }

  @Override
  protected Conv1d twin() {
    return new Conv1d(inChannels(), outChannels(), kernel(), settings());
  }
}
