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
    return of(weight, packed.dequantize(DType.FLOAT32));
  }

  /// Compares two tensors of one shape.
  public static Reconstruction of(Tensor weight, Tensor rebuilt) {
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor error = weight.to(DType.FLOAT32).sub(rebuilt.to(DType.FLOAT32));
          double square = error.square().sum(DType.FLOAT64).item();
          double whole = weight.to(DType.FLOAT32).square().sum(DType.FLOAT64).item();
          double absolute = error.abs().sum(DType.FLOAT64).item();
          return new Reconstruction(
              absolute / weight.numel(),
              square / weight.numel(),
              error.abs().max().item(),
              Math.sqrt(square / whole));
        }));
  }

  /// Signal over noise in decibels.
  public double decibels() {
    return -20 * Math.log10(relative);
  }
}
