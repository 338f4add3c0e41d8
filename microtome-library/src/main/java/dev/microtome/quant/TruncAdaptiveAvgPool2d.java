package dev.microtome.quant;

import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// The mean of as many windows as the output has places, cut back to few bits.
public final class TruncAdaptiveAvgPool2d extends TruncPool {
  private final Shape output;

  /// 8 bits, rounded. The output is (height, width).
  public TruncAdaptiveAvgPool2d(long height, long width) {
    this(new Shape(height, width), BITS, Rounding.HALF_EVEN);
  }

  public TruncAdaptiveAvgPool2d(Shape output, int bits, Rounding rounding) {
    super(bits, rounding);
    this.output = output;
  }

  @Override
  Tensor pooled(Tensor x) {
    return x.adaptiveAvgPool2d(output.dims());
  }

  @Override
  protected TruncAdaptiveAvgPool2d twin() {
    return new TruncAdaptiveAvgPool2d(output, bits(), rounding());
  }

  @Override
  protected String describe() {
    return "output_size=%s, bits=%d, %s"
        .formatted(PythonFormat.tuple(output.dims()), bits(), rounding());
  }
}
