package dev.microtome.lowbit;

import dev.microtome.tensor.Tensor;

/// What the zero of a group means.
public enum ZeroRole {
  /// The code that stands for zero, fractions allowed: `w = (q - zero) · scale`, as in HQQ.
  POINT,
  /// The weight that code 0 stands for: `w = q · scale + zero`, as in the QDoRA notebooks.
  OFFSET;

  /// Weights from codes of a floating-point dtype; each of the two steps rounds once.
  Tensor decode(Tensor codes, Tensor scale, Tensor zero) {
    return this == POINT ? codes.sub(zero).mul(scale) : codes.mul(scale).add(zero);
  }
}
