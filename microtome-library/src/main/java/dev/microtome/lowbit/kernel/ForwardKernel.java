package dev.microtome.lowbit.kernel;

/// `y += x Wᵀ` for a few rows of x and some tiles of W. Written by [ForwardCode]; addresses are
/// absolute, the caller has checked all sizes.
interface ForwardKernel {
  /// Adds to `y`.
  ///
  /// @param words address of the codes of the first tile
  /// @param scale address of its scales
  /// @param zero address of its zeros
  /// @param x prepared activations, `[column][row]`; see [Activations]
  /// @param sums of x over a group, `[group][row]`
  /// @param xFrom where in x to begin
  /// @param sumsFrom where in `sums` to begin
  /// @param y address of the first output
  /// @param yRow bytes from one row of y to the next
  /// @param tiles how many
  /// @param groups in a row
  /// @param chunks of 32 columns in a group
  /// @param step bytes from a word of a row to its next: 256
  /// @param one 1
  void run(
      long words,
      long scale,
      long zero,
      float[] x,
      float[] sums,
      int xFrom,
      int sumsFrom,
      long y,
      long yRow,
      int tiles,
      int groups,
      int chunks,
      long step,
      int one);
}
