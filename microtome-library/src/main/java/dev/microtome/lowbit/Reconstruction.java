package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;

/// How far a quantized weight is from the original.
///
/// @param meanAbsolute mean |w - ŵ|
/// @param meanSquare mean (w - ŵ)²
/// @param largest largest |w - ŵ|
/// @param relative `‖w - ŵ‖ / ‖w‖` over all numbers; 1 is what zeros would give
public record Reconstruction(
    double meanAbsolute, double meanSquare, double largest, double relative) {
  /// Compares a weight with what is left of it.
  public static Reconstruction of(Tensor weight, PackedWeight packed) {
    var sums = new Sums();
    Grad.off(() -> Scope.run(() -> packed.compare(weight.detach(), sums::add)));
    return sums.over(weight.numel());
  }

  /// Compares two tensors of one shape.
  public static Reconstruction of(Tensor weight, Tensor rebuilt) {
    var sums = new Sums();
    Grad.off(() -> Scope.run(() -> sums.add(weight.to(DType.FLOAT32), rebuilt.to(DType.FLOAT32))));
    return sums.over(weight.numel());
  }

  private static final class Sums {
    private double absolute;
    private double square;
    private double whole;
    private double largest;

    void add(Tensor weight, Tensor rebuilt) {
      Tensor error = weight.sub(rebuilt);
      square += error.square().sum(DType.FLOAT64).item();
      whole += weight.square().sum(DType.FLOAT64).item();
      Tensor size = error.abs_();
      absolute += size.sum(DType.FLOAT64).item();
      largest = Math.max(largest, size.max().item());
    }

    Reconstruction over(long numel) {
      return new Reconstruction(
          absolute / numel, square / numel, largest, Math.sqrt(square / whole));
    }
  }

  /// Signal over noise in decibels.
  public double decibels() {
    return -20 * Math.log10(relative);
  }
}
