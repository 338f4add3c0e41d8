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
    Tensor matrix = matrix(x);
    if (matrix.size(0) == 0) {
      return Tensor.zeros(shape(x), x.dtype());
    }
    return shaped(product(matrix), shape(x), x.dtype());
  }

  private Tensor product(Tensor x) {
    boolean looksUp = precision != Precision.FULL && LookupTables.available(bits());
    if (!areMany(x) || (looksUp && x.size(0) < MANY)) {
      Tensor numbers = numbers(x);
      return looksUp ? new Product(weight).lookUp(numbers) : new Product(weight).forward(numbers);
    }
    return precision == Precision.INT8 && ByteProduct.available(weight.layout())
        ? new ByteProduct(weight).forward(numbers(x))
        : many(x).forward(x);
  }

  private int bits() {
    return weight.layout().bits();
  }

  /// `dY W`
  Tensor backward(Tensor dy) {
    check(dy, weight.layout().rows());
    Shape shape = withLast(dy, weight.layout().columns());
    Tensor matrix = matrix(dy);
    if (matrix.size(0) == 0) {
      return Tensor.zeros(shape, dy.dtype());
    }
    return shaped(gradient(matrix), shape, dy.dtype());
  }

  private Tensor gradient(Tensor dy) {
    return areMany(dy) ? many(dy).backward(dy) : new Product(weight).backward(numbers(dy));
  }

  // The next three ask libtorch only where something changes: beside a product of one row, its
  // answers take a tenth of the time.

  private static Tensor matrix(Tensor x) {
    return x.dim() == 2 ? x : x.reshape(-1, x.size(-1));
  }

  private static Tensor numbers(Tensor x) {
    Tensor numbers = typed(x, DType.FLOAT32);
    return numbers.dense().isContiguous() ? numbers : numbers.contiguous();
  }

  private static Tensor shaped(Tensor product, Shape shape, DType dtype) {
    Tensor typed = typed(product, dtype);
    return typed.shape().equals(shape) ? typed : typed.reshape(shape);
  }

  private static Tensor typed(Tensor x, DType dtype) {
    return x.dtype() == dtype ? x : x.to(dtype);
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
