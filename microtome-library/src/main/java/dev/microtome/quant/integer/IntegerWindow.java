package dev.microtome.quant.integer;

import dev.microtome.nn.ConvSettings;
import dev.microtome.tensor.Shape;

/// Where the kernel of a convolution lies over an image.
final class IntegerWindow {
  private final int height;
  private final int width;
  private final int channels; // in one group
  private final int kernelHeight;
  private final int kernelWidth;
  private final int outHeight;
  private final int outWidth;
  private final int perGroup; // output channels of a group
  private final int inputChannels;
  private final ConvSettings settings;
  private final long[] pads; // before both dimensions, then behind

  IntegerWindow(Shape input, Shape weight, ConvSettings settings) {
    this.settings = settings;
    pads = settings.pads(new Shape(weight.get(2), weight.get(3)), input);
    inputChannels = (int) input.get(1);
    height = (int) input.get(2);
    width = (int) input.get(3);
    channels = (int) weight.get(1);
    kernelHeight = (int) weight.get(2);
    kernelWidth = (int) weight.get(3);
    perGroup = (int) (weight.get(0) / settings.groups());
    outHeight = places(height, kernelHeight, 0);
    outWidth = places(width, kernelWidth, 1);
  }

  private int places(int size, int kernel, int dim) {
    long reach = settings.dilation().get(dim) * (kernel - 1) + 1;
    return (int) ((size + pads[dim] + pads[2 + dim] - reach) / settings.stride().get(dim) + 1);
  }

  int places() {
    return outHeight * outWidth;
  }

  Shape output(long batch, long out) {
    return new Shape(batch, out, outHeight, outWidth);
  }

  /// The products under the kernel of output channel `o` at a place of image `n`, summed; outside
  /// the image stands 0.
  long product(IntegerValue x, long[] w, int n, int o, int place) {
    int group = o / perGroup;
    long top = (long) (place / outWidth) * settings.stride().get(0) - pads[0];
    long left = (long) (place % outWidth) * settings.stride().get(1) - pads[1];
    long sum = 0;
    for (int c = 0; c < channels; c++) {
      int plane = (n * inputChannels + group * channels + c) * height;
      for (int i = 0; i < kernelHeight; i++) {
        long row = top + i * settings.dilation().get(0);
        if (row < 0 || row >= height) {
          continue;
        }
        int at = ((o * channels + c) * kernelHeight + i) * kernelWidth;
        sum += row(x, (plane + (int) row) * width, left, w, at);
      }
    }
    return sum;
  }

  private long row(IntegerValue x, int start, long left, long[] w, int at) {
    long sum = 0;
    for (int j = 0; j < kernelWidth; j++) {
      long column = left + j * settings.dilation().get(1);
      if (column >= 0 && column < width) {
        sum += (x.q[start + (int) column] - x.zeroPoint) * w[at + j];
      }
    }
    return sum;
  }
}
