package dev.microtome.lowbit.kernel;

/// `y += x Wᵀ` for a few rows of x and some tiles of W, with products looked up in tables of 16-bit
/// numbers. Written by [LookupCode]; the caller has checked all sizes.
interface LookupKernel {
  /// Adds to `y`.
  ///
  /// @param words address of the codes of the first tile
  /// @param scale address of its scales
  /// @param zero address of its zeros
  /// @param tables address of the tables, 64 bytes each: `[lookup of the stream][row of x]`
  /// @param units what 1 in a table is worth, `[group][row]`
  /// @param sums of x over a group, `[group][row]`
  /// @param from where in `units` and `sums` to begin
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
      long tables,
      float[] units,
      float[] sums,
      int from,
      long y,
      long yRow,
      int tiles,
      int groups,
      int chunks,
      long step,
      int one);
}
