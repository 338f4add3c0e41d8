package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// The transpose of [Conv1d]: it undoes the change of size, not of values.
public final class ConvTranspose1d extends Convolution {
  public ConvTranspose1d(long inChannels, long outChannels, long kernel) {
    this(inChannels, outChannels, kernel, ConvSettings.DEFAULT);
  }

  public ConvTranspose1d(long inChannels, long outChannels, long kernel, ConvSettings settings) {
    this(inChannels, outChannels, new Shape(kernel), settings);
  }

  /// A kernel of one number is the same in every dimension.
  public ConvTranspose1d(long inChannels, long outChannels, Shape kernel, ConvSettings settings) {
    super(inChannels, outChannels, ConvSettings.spread("kernel", kernel, 1), settings, true);
  }

  @Override
  protected Tensor forward(Tensor x) {
    ConvSettings s = settings();
    return x.convTranspose1d(
        weight(),
        bias(),
        s.stride().dims(),
        s.padding().dims(),
        s.outputPadding().dims(),
        s.groups(),
        s.dilation().dims());
  }

  @Override
  protected ConvTranspose1d twin() {
    return new ConvTranspose1d(inChannels(), outChannels(), kernel(), settings());
  }
}
