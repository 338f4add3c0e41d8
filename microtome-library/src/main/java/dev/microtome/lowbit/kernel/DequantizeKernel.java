package dev.microtome.lowbit.kernel;

/// Writes the numbers of some groups of one tile out: `[column][row]`. Written by [DequantizeCode];
/// the caller has checked all sizes.
interface DequantizeKernel {
  /// Writes to `out`.
  ///
  /// @param words address of the first group's codes
  /// @param scale address of its scales
  /// @param zero address of its zeros
  /// @param out address of the first number
  /// @param column bytes from one column to the next
  /// @param groups how many
  /// @param chunks of 32 columns in a group
  /// @param step bytes from a word of a row to its next: 256
  /// @param one 1
  void run(
      long words,
      long scale,
      long zero,
      long out,
      long column,
      int groups,
      int chunks,
      long step,
      int one);
}
