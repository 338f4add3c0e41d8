package dev.microtome.dynamic.observe;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;

/// The least and the greatest number of a tensor, or of each of its channels; float32, one
/// dimension.
public record Range(Tensor least, Tensor greatest) {
  /// Of numbers.
  public static Range of(float least, float greatest) {
    return new Range(Tensor.of(least), Tensor.of(greatest));
  }

  /// Of all numbers of a tensor.
  public static Range whole(Tensor x) {
    return of((float) x.min().item(), (float) x.max().item());
  }

  /// Of each slice along a dimension.
  public static Range channels(Tensor x, int axis) {
    Tensor rows = x.to(DType.FLOAT32).movedim(axis, 0).reshape(x.size(axis), -1);
    return new Range(rows.amin(1), rows.amax(1));
  }

  /// What holds both.
  Range or(Range other) {
    return new Range(least.minimum(other.least), greatest.maximum(other.greatest));
  }

  /// A step towards another range.
  Range towards(Range other, double share) {
    return new Range(
        least.add(other.least.sub(least).mul(share)),
        greatest.add(other.greatest.sub(greatest).mul(share)));
  }

  boolean isFinite() {
    return least.isFinite().all().toBooleans()[0] && greatest.isFinite().all().toBooleans()[0];
  }

  /// Whether there is nothing but zeros in it.
  public boolean isZero() {
    return least.countNonzero().item() == 0 && greatest.countNonzero().item() == 0;
  }

  /// Keeps the tensors beyond the scope they were made in.
  Range save() {
    least.save();
    greatest.save();
    return this;
  }
}
