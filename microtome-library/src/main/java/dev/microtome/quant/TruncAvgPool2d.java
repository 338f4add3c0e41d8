package dev.microtome.quant;

import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// The mean of each window of (batch, channels, height, width), cut back to few bits.
public final class TruncAvgPool2d extends TruncPool {
  private final Shape kernel;
  private final Shape stride;
  private final Shape padding;

  /// Windows beside each other, 8 bits, rounded.
  public TruncAvgPool2d(long kernel) {
    this(
        new Shape(kernel, kernel),
        new Shape(kernel, kernel),
        new Shape(0, 0),
        BITS,
        Rounding.HALF_EVEN);
  }

  /// All shapes are (height, width).
  public TruncAvgPool2d(Shape kernel, Shape stride, Shape padding, int bits, Rounding rounding) {
    super(bits, rounding);
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
  }

  @Override
  Tensor pooled(Tensor x) {
    return x.avgPool2d(kernel.dims(), stride.dims(), padding.dims());
  }

  /// (height, width), as are [#stride] and [#padding].
  public Shape kernel() {
    return kernel;
  }

  public Shape stride() {
    return stride;
  }

  public Shape padding() {
    return padding;
  }

  @Override
  protected TruncAvgPool2d twin() {
    return new TruncAvgPool2d(kernel, stride, padding, bits(), rounding());
  }

  @Override
  protected String describe() {
    return "kernel_size=%s, stride=%s, padding=%s, bits=%d, %s"
        .formatted(
            PythonFormat.tuple(kernel.dims()),
            PythonFormat.tuple(stride.dims()),
            PythonFormat.tuple(padding.dims()),
            bits(),
            rounding());
  }
}
