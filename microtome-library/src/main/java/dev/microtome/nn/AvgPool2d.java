package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// The mean of each window of (batch, channels, height, width).
public final class AvgPool2d extends Layer<Tensor, Tensor> {
  private final PoolWindow window;

  /// Windows side by side.
  public AvgPool2d(long kernel) {
    this(kernel, kernel, 0);
  }

  public AvgPool2d(long kernel, long stride, long padding) {
    this(new PoolWindow(kernel, stride, padding));
  }

  private AvgPool2d(PoolWindow window) {
    this.window = window;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.avgPool2d(window.sizes(), window.strides(), window.paddings());
  }

  @Override
  protected AvgPool2d twin() {
    return new AvgPool2d(window);
  }

  @Override
  protected String describe() {
    return window.toString();
  }
}
