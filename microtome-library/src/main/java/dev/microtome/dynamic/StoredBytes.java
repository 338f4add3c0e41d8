package dev.microtome.dynamic;

import dev.microtome.tensor.Tensor;

/// Bytes quantized weights take in a file.
final class StoredBytes {
  private StoredBytes() {}

  static long of(PackedLinear linear) {
    Tensor bias = linear.bias();
    long numbers = linear.in() * linear.out() * (linear.half() ? 4 : 1); // fp16 is saved as float32
    return numbers + (bias == null ? 0 : 4 * bias.numel()) + (linear.half() ? 0 : scales(linear));
  }

  private static long scales(PackedLinear linear) {
    return WeightGrid.isWhole(linear.weight()) ? 0 : 16 * linear.out();
  }
}
