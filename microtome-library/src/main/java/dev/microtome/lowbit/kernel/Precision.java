package dev.microtome.lowbit.kernel;

/// What a product with a [KernelWeight] may round.
public enum Precision {
  /// Products and sums in float32. For bfloat16 activations many rows are multiplied in bfloat16 by
  /// libtorch, which sums in float32: the weight is rounded as it would be in a bfloat16 layer.
  FULL,
  /// Faster: for many rows bfloat16 also where activations are float32.
  FAST
}
