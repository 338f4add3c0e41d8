package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// The largest number of each window of (batch, channels, height, width).
public final class MaxPool2d extends Layer<Tensor, Tensor> {
  private final PoolWindow window;

  /// Windows side by side.
  public MaxPool2d(long kernel) {
    this(kernel, kernel, 0);
  }

  public MaxPool2d(long kernel, long stride, long padding) {
    this(new PoolWindow(kernel, stride, padding));
  }

  private MaxPool2d(PoolWindow window) {
    this.window = window;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.maxPool2d(window.sizes(), window.strides(), window.paddings());
  }

  @Override
  protected MaxPool2d twin() {
    return new MaxPool2d(window);
  }

  @Override
  protected String describe() {
    return window + ", dilation=1, ceil_mode=False";
  }
}
