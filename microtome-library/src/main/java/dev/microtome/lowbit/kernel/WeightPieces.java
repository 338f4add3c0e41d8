package dev.microtome.lowbit.kernel;

/// Writes pieces of a weight out, to be multiplied by what they meet.
record WeightPieces(DequantizeKernel kernel, WeightMemory memory) {
  static WeightPieces of(KernelWeight weight, PieceForm form) {
    return new WeightPieces(
        Kernels.dequantize(weight.layout(), weight.scaleType(), form), weight.memory());
  }

  /// One tile of some groups.
  ///
  /// @param column bytes from one column (or what takes its place in the form) to the next
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
