package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;

/// HQQ's start: the grid from each group's smallest number to its largest.
///
/// @param scale codes per unit: the reciprocal of the scale that is stored
/// @param zero the code that stands for zero
record MinMax(Tensor scale, Tensor zero) {
  /// Groups narrower than this become one value.
  private static final double NARROWEST = 1e-4;

  private static final double FINEST = 2e4;

  /// The grids of a grouped matrix along `axis`.
  static MinMax of(Tensor grouped, BitWidth bits, int axis, boolean roundZero) {
    return of(grouped.amin(axis, true), grouped.amax(axis, true), bits, roundZero);
  }

  /// One grid for all numbers.
  static MinMax ofAll(Tensor weight, BitWidth bits, boolean roundZero) {
    return of(weight.min().to(DType.FLOAT32), weight.max().to(DType.FLOAT32), bits, roundZero);
  }

  private static MinMax of(Tensor low, Tensor high, BitWidth bits, boolean roundZero) {
    Tensor range = high.sub(low);
    Tensor scale = // two roundings, as PyTorch divides a number by a tensor
        range
            .reciprocal()
            .mul(bits.highest())
            .maskedFill(range.abs().le(NARROWEST), 1.0)
            .clampMax(FINEST);
    Tensor zero = low.neg().mul(scale);
    return new MinMax(scale, roundZero ? zero.round() : zero);
  }

  /// The nearest codes.
  Tensor codes(Tensor grouped, BitWidth bits) {
    return grouped.mul(scale).add(zero).round().clamp(0, bits.highest());
  }
}
