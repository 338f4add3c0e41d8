package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// Means over as many windows as the output shall have, whatever the input's size.
public final class AdaptiveAvgPool2d extends Layer<Tensor, Tensor> {
  private final long[] size;

  /// A square output, or (height, width).
  public AdaptiveAvgPool2d(long... size) {
    if (size.length != 1 && size.length != 2) {
      throw new IllegalArgumentException("output_size needs 1 or 2 numbers, got " + size.length);
    }
    for (long one : size) {
      Check.positive("output_size", one);
    }
    this.size = size.clone();
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.adaptiveAvgPool2d(size[0], size[size.length - 1]);
  }

  @Override
  protected AdaptiveAvgPool2d twin() {
    return new AdaptiveAvgPool2d(size);
  }

  @Override
  protected String describe() {
    return "output_size=" + (size.length == 1 ? size[0] : PythonFormat.tuple(size));
  }
}
