package dev.microtome.lowbit.kernel;

/// `acc += dY W` for a few rows of dY, some groups of columns and a few tiles, lane by lane.
/// Written by [BackwardCode]; the caller has checked all sizes.
interface BackwardKernel {
  /// Adds to `acc` and `zeros`.
  ///
  /// @param words address of the first tile's codes of the first group
  /// @param scale address of its scales
  /// @param zero address of its zeros
  /// @param dy address of dY at the first tile, float32
  /// @param dyRow bytes from one row of dY to the next
  /// @param scaled address of room for scale times dY of a group: a float for each row of these
  ///   tiles and each row of dY
  /// @param acc address of sums, `[column][row of dY][lane]`: of codes times scale times dY
  /// @param zeros address of sums, `[group][row of dY][lane]`: of zeros times scale times dY
  /// @param tiles how many
  /// @param tileWords bytes from one tile's words to the next tile's
  /// @param tileScales bytes from one tile's scales to the next tile's
  /// @param groups how many
  /// @param chunks of 32 columns in a group
  /// @param step bytes from a word of a row to its next: 256
  /// @param one 1
  void run(
      long words,
      long scale,
      long zero,
      long dy,
      long dyRow,
      long scaled,
      long acc,
      long zeros,
      int tiles,
      long tileWords,
      long tileScales,
      int groups,
      int chunks,
      long step,
      int one);
}
