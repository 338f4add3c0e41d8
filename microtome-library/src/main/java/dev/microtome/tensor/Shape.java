package dev.microtome.tensor;

import java.util.Arrays;

/// The sizes of a tensor's dimensions, outermost first; prints as `[1, 10]`.
public final class Shape {
  private final long[] dims;

  public Shape(long... dims) {
    this.dims = dims.clone();
    for (long size : dims) {
      if (size < 0) {
        throw new IllegalArgumentException("a size can't be negative: " + Arrays.toString(dims));
      }
    }
  }

  public static Shape of(long... dims) {
    return new Shape(dims);
  }

  /// The sizes, as a copy.
  public long[] dims() {
    return dims.clone();
  }

  /// Number of dimensions.
  public int rank() {
    return dims.length;
  }

  /// Size of dimension `dim`; negative counts from the end.
  public long get(int dim) {
    int at = dim < 0 ? dim + dims.length : dim;
    if (at < 0 || at >= dims.length) {
      throw new IndexOutOfBoundsException(
          "dimension %d of a tensor with %d dimensions %s".formatted(dim, dims.length, this));
    }
    return dims[at];
  }

  /// Number of elements; 1 for a scalar.
  public long numel() {
    long product = 1;
    for (long size : dims) {
      product = Math.multiplyExact(product, size);
    }
    return product;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape that && Arrays.equals(dims, that.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
