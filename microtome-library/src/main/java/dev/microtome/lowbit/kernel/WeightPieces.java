package dev.microtome.lowbit.kernel;

/// Writes pieces of a weight out as numbers, to be multiplied by what they meet.
record WeightPieces(DequantizeKernel kernel, WeightMemory memory) {
  /// @param half whether the numbers are bfloat16, rows r and r + 16 of each 32 side by side, else
  ///   float32, row after row
  static WeightPieces of(KernelWeight weight, boolean half) {
    return new WeightPieces(
        Kernels.dequantize(weight.layout(), weight.scaleType(), half), weight.memory());
  }

  /// One tile of some groups, `[column][row]`, with `column` bytes from one column to the next.
  void write(int tile, int group, int groups, long to, long column) {
    kernel.run(
        memory.words(tile, group),
        memory.scale(tile, group),
        memory.zero(tile, group),
        to,
        column,
        groups,
        memory.layout().chunks(),
        4L * TileLayout.TILE,
        1);
  }
}
