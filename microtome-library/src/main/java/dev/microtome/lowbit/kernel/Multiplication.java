package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// Products with a weight over the last dimension of a tensor of any shape and floating-point
/// dtype: chooses the way to compute them.
record Multiplication(KernelWeight weight, Precision precision) {
  /// From so many rows on it pays to write pieces of the weight out.
  private static final int MANY = 12;

  /// The same for pieces in bfloat16 or bytes.
  private static final int MANY_ROUNDED = 8;

  /// Refuses what `x Wᵀ` does not exist for.
  void check(Tensor x) {
    check(x, weight.layout().columns());
  }

  private void check(Tensor x, int width) {
    TileLayout layout = weight.layout();
    if (x.dim() == 0 || x.size(-1) != width) {
      throw new IllegalArgumentException(
          "a low-bit weight of %d inputs and %d outputs can't multiply %s: its last dimension must be %d"
              .formatted(layout.columns(), layout.rows(), x.shape(), width));
    }
    if (!x.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "a low-bit weight multiplies floating-point numbers, got " + x.dtype());
    }
  }

  /// The shape of `x Wᵀ`.
  Shape shape(Tensor x) {
    return withLast(x, weight.layout().rows());
  }

  private static Shape withLast(Tensor x, int last) {
    long[] shape = x.shape().dims();
    shape[shape.length - 1] = last;
    return new Shape(shape);
  }

  /// `x Wᵀ`
  Tensor forward(Tensor x) {
    check(x);
    Tensor matrix = x.reshape(-1, weight.layout().columns());
    if (matrix.size(0) == 0) {
      return Tensor.zeros(shape(x), x.dtype());
    }
    return product(matrix).to(x.dtype()).reshape(shape(x));
  }

  private Tensor product(Tensor x) {
    boolean looksUp = precision != Precision.FULL && LookupTables.available(bits());
    if (!areMany(x) || (looksUp && x.size(0) < MANY)) {
      Tensor matrix = x.to(DType.FLOAT32).contiguous();
      return looksUp ? new Product(weight).lookUp(matrix) : new Product(weight).forward(matrix);
    }
    return precision == Precision.INT8 && ByteProduct.available(weight.layout())
        ? new ByteProduct(weight).forward(x.to(DType.FLOAT32).contiguous())
        : many(x).forward(x);
  }

  private int bits() {
    return weight.layout().bits();
  }

  /// `dY W`
  Tensor backward(Tensor dy) {
    check(dy, weight.layout().rows());
    Shape shape = withLast(dy, weight.layout().columns());
    Tensor matrix = dy.reshape(-1, weight.layout().rows());
    if (matrix.size(0) == 0) {
      return Tensor.zeros(shape, dy.dtype());
    }
    return gradient(matrix).to(dy.dtype()).reshape(shape);
  }

  private Tensor gradient(Tensor dy) {
    return areMany(dy) ? many(dy).backward(dy) : new Product(weight).backward(dy.to(DType.FLOAT32));
  }

  private boolean areMany(Tensor x) {
    return x.size(0) >= (many(x).half() ? MANY_ROUNDED : MANY);
  }

  private PanelProduct many(Tensor x) {
    return precision != Precision.FULL || x.dtype() == DType.BFLOAT16
        ? PanelProduct.half(weight)
        : PanelProduct.full(weight);
  }
}
