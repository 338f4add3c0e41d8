package dev.microtome.lowbit.kernel;

/// `c += s v` for some rows of numbers: c (few, width), s (few, count), v (count, width), float32.
/// A row of c is a few vectors. Written by [PanelCode]; the caller has checked all sizes.
interface PanelKernel {
  /// Adds to `c` the sum over `count`, which is taken first, from front to back.
  ///
  /// @param s address of the numbers that are multiplied one by one
  /// @param sRow bytes from one row of s to the next
  /// @param v address of the numbers that are multiplied together
  /// @param vRow bytes from one row of v to the next
  /// @param c address of the sums
  /// @param cRow bytes from one row of c to the next
  /// @param count numbers in a row of s
  /// @param one 1
  void run(long s, long sRow, long v, long vRow, long c, long cRow, int count, int one);
}
