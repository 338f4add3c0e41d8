package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What all convolutions have: a weight, perhaps a bias, and settings. Inputs are (batch, channels,
/// length) or (batch, channels, height, width), the batch may be left out.
public abstract sealed class Convolution extends Layer<Tensor, Tensor>
    permits Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d {
  private final long inChannels;
  private final long outChannels;
  private final Shape kernel;
  private final ConvSettings settings;
  private final boolean transposed;
  private final TensorSlot weight;
  private final TensorSlot bias;

  Convolution(
      long inChannels, long outChannels, Shape kernel, ConvSettings settings, boolean transposed) {
    this.inChannels = Check.positive("in_channels", inChannels);
    this.outChannels = Check.positive("out_channels", outChannels);
    for (long size : kernel.dims()) {
      Check.positive("kernel_size", size);
    }
    this.kernel = kernel;
    this.settings = settings.spread(kernel.rank());
    this.transposed = transposed;
    if (inChannels % settings.groups() != 0 || outChannels % settings.groups() != 0) {
      throw new IllegalArgumentException(
          "%d groups do not divide %d input and %d output channels"
              .formatted(settings.groups(), inChannels, outChannels));
    }
    if (settings.samePadding()) {
      checkSamePadding();
    }
    weight = parameter("weight", Init.weight(weightShape()));
    bias =
        settings.bias()
            ? parameter("bias", Init.uniform(Init.biasBound(weight.get().shape()), outChannels))
            : absentParameter("bias");
  }

  private void checkSamePadding() {
    if (transposed) {
      throw new IllegalArgumentException("a transposed convolution has no padding 'same'");
    }
    if (Arrays.stream(settings.stride().dims()).anyMatch(step -> step != 1)) {
      throw new IllegalArgumentException(
          "padding='same' is not supported for strided convolutions\nThe stride is %s: give the"
                  .formatted(settings.stride())
              + " padding as numbers, or use a quantized convolution, which can");
    }
  }

  // (out, in / groups, kernel…), or (in, out / groups, kernel…) when transposed.
  private long[] weightShape() {
    long[] shape = new long[kernel.rank() + 2];
    shape[0] = transposed ? inChannels : outChannels;
    shape[1] = (transposed ? outChannels : inChannels) / settings.groups();
    System.arraycopy(kernel.dims(), 0, shape, 2, kernel.rank());
    return shape;
  }

  public final Tensor weight() {
    return weight.get();
  }

  public final @Nullable Tensor bias() {
    return bias.orNull();
  }

  public final long inChannels() {
    return inChannels;
  }

  public final long outChannels() {
    return outChannels;
  }

  public final Shape kernel() {
    return kernel;
  }

  /// The settings, one number for each dimension.
  public final ConvSettings settings() {
    return settings;
  }

  @Override
  protected String describe() {
    var text = new StringBuilder();
    text.append(inChannels).append(", ").append(outChannels);
    add(text, "kernel_size", kernel, -1);
    add(text, "stride", settings.stride(), -1);
    if (settings.samePadding()) {
      text.append(", padding=same");
    }
    add(text, "padding", settings.padding(), 0);
    add(text, "dilation", settings.dilation(), 1);
    add(text, "output_padding", settings.outputPadding(), 0);
    if (settings.groups() != 1) {
      text.append(", groups=").append(settings.groups());
    }
    return text.append(settings.bias() ? "" : ", bias=False").toString();
  }

  private static void add(StringBuilder text, String name, Shape value, long silent) {
    if (Arrays.stream(value.dims()).anyMatch(size -> size != silent)) {
      text.append(", ").append(name).append('=').append(PythonFormat.tuple(value.dims()));
    }
  }
}
