package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// The mean of each window of (batch, channels, height, width).
public final class AvgPool2d extends Layer<Tensor, Tensor> {
  private final long kernel;
  private final long stride;
  private final long padding;

  /// Windows side by side.
  public AvgPool2d(long kernel) {
    this(kernel, kernel, 0);
  }

  public AvgPool2d(long kernel, long stride, long padding) {
    this.kernel = Check.positive("kernel_size", kernel);
    this.stride = Check.positive("stride", stride);
    if (padding < 0 || padding > kernel / 2) {
      throw new IllegalArgumentException(
          "padding must be within 0 and half the kernel of %d, got %d".formatted(kernel, padding));
    }
    this.padding = padding;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.avgPool2d(
        new long[] {kernel, kernel}, new long[] {stride, stride}, new long[] {padding, padding});
  }

  @Override
  protected AvgPool2d twin() {
    return new AvgPool2d(kernel, stride, padding);
  }

  @Override
  protected String describe() {
    return "kernel_size=%d, stride=%d, padding=%d".formatted(kernel, stride, padding);
  }
}
