package dev.microtome.dynamic;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;

/// Bytes quantized weights take in a file.
final class StoredBytes {
  private StoredBytes() {}

  static long of(PackedLinear linear) {
    Tensor bias = linear.bias();
    long rest = bias == null ? 0 : 4 * bias.numel();
    long count = linear.in() * linear.out();
    if (linear.half()) return 4 * count + rest; // fp16 is saved as float32
    Tensor weight = linear.weight();
    if (WeightGrid.isWhole(weight)) return count + rest;
    return WeightGrid.fitsFourBits(Ops.tensor("aten::int_repr", weight))
        ? (linear.in() + 1) / 2 * linear.out() + 4 * linear.out() + rest
        : count + 16 * linear.out() + rest;
  }
}
