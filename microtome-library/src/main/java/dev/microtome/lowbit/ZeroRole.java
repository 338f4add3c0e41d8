package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// What the zero of a group means.
public enum ZeroRole {
  /// The code that stands for zero, fractions allowed: `w = (q - zero) · scale`, as in HQQ.
  POINT,
  /// The weight that code 0 stands for: `w = q · scale + zero`, as in the QDoRA notebooks.
  OFFSET;

  /// Weights from whole codes; each of the two steps rounds once, to what `compute` and the values
  /// so far promote to.
  Tensor decode(Tensor codes, DType compute, Tensor scale, Tensor zero) {
    Tensor first = this == POINT ? zero : scale;
    Tensor second = this == POINT ? scale : zero;
    Tensor numbers = codes.to(promoted(compute, first)); // as exact as before, and ours to change
    numbers = this == POINT ? numbers.sub_(first) : numbers.mul_(first);
    DType whole = promoted(numbers.dtype(), second);
    Tensor wide = numbers.dtype() == whole ? numbers : numbers.to(whole);
    return this == POINT ? wide.mul_(second) : wide.add_(second);
  }

  private static DType promoted(DType dtype, Tensor values) {
    return Tensor.zeros(Shape.of(1), dtype).mul(Tensor.zeros(Shape.of(1), values.dtype())).dtype();
  }
}
