package dev.microtome.lowbit.kernel;

/// What a product with a [KernelWeight] may round.
public enum Precision {
  /// Products and sums in float32. For bfloat16 activations many rows are multiplied in bfloat16,
  /// where the processor can, and summed in float32: the weight is rounded as it would be in a
  /// bfloat16 layer.
  FULL,
  /// Faster. For few rows products are looked up in tables of 16-bit numbers (1 and 2 bits, and
  /// where vectors have 512 bits), with a relative error near 5e-4; for many rows bfloat16 also
  /// where activations are float32, near 3e-3, where the processor can.
  FAST,
  /// Fastest for many rows: activations are rounded to 8 bits, the numbers of each row and group of
  /// columns on a grid of their own, and sums over a group are exact integers: a relative error
  /// near 6e-3. The rest, that is few rows, gradients and processors that can't, is as with `FAST`.
  INT8
}
