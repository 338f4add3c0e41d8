package dev.microtome.nn;

/// The square windows of a pooling layer.
record PoolWindow(long size, long stride, long padding) {
  PoolWindow {
    Check.positive("kernel_size", size);
    Check.positive("stride", stride);
    if (padding < 0 || padding > size / 2) {
      throw new IllegalArgumentException(
          "padding must be within 0 and half the kernel of %d, got %d".formatted(size, padding));
    }
  }

  long[] sizes() {
    return new long[] {size, size};
  }

  long[] strides() {
    return new long[] {stride, stride};
  }

  long[] paddings() {
    return new long[] {padding, padding};
  }

  @Override
  public String toString() {
    return "kernel_size=%d, stride=%d, padding=%d".formatted(size, stride, padding);
  }
}
