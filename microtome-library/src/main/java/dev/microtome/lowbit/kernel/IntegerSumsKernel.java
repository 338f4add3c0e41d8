package dev.microtome.lowbit.kernel;

/// From integer sums over some groups of one tile to products: `y += s_x (s (d - 128 q) - s z Σx)`,
/// where d are sums of codes times bytes that are 128 too large, and q sums of codes. Written by
/// [IntegerSumsCode]; the caller has checked all sizes.
interface IntegerSumsKernel {
  /// Adds to `y`.
  ///
  /// @param sums address of the first group's d, int32 (rows, 64), and q (64), then the next
  ///   group's
  /// @param scale address of the first group's scales
  /// @param zero address of its zeros
  /// @param scales of x, for each group a number for each row
  /// @param scaled sums of x's bytes, times their scale, likewise
  /// @param from index of the first
  /// @param y address of the products, float32 (rows, 64)
  /// @param rows of x
  /// @param groups how many
  /// @param one 1
  void run(
      long sums,
      long scale,
      long zero,
      float[] scales,
      float[] scaled,
      int from,
      long y,
      int rows,
      int groups,
      int one);
}
