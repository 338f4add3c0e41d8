package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.kernel.Scratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// `dY W` for a few rows of dY, a panel of columns at a time. All tiles add to the sums of a panel,
/// which stay in the nearer caches and are added over lanes at the end.
///
/// @param rows of dY
/// @param blocks how many rows a kernel takes at once
/// @param kernels for each block
/// @param dy address of dY, whose rows are padded to whole tiles
/// @param dx address of the result
@SuppressWarnings("ArrayRecordComponent") // never leaves the package
record BackwardPanels(
    TileLayout layout,
    WeightMemory memory,
    int rows,
    int[] blocks,
    BackwardKernel[] kernels,
    LaneSums laneSums,
    long dy,
    long dx) {
  private static final int SUMS = 4096; // a row and column each; 256 KB of vectors
  private static final int TILES_TOGETHER = 4; // more are too many streams for the prefetcher

  static BackwardPanels of(KernelWeight weight, int rows, long dy, long dx) {
    TileLayout layout = weight.layout();
    int[] blocks = Activations.blocks(rows, BackwardCode.mostRows(Kernels.lanes(), layout));
    var kernels = new BackwardKernel[blocks.length];
    Arrays.setAll(kernels, i -> Kernels.backward(layout, weight.scaleType(), blocks[i]));
    return new BackwardPanels(
        layout, weight.memory(), rows, blocks, kernels, Kernels.laneSums(layout), dy, dx);
  }

  /// The columns of the groups from `first` to before `last`.
  void groups(int first, int last) {
    int most = Math.max(1, SUMS / rows / layout.group());
    for (int group = first; group < last; group += most) {
      int row = 0;
      for (int i = 0; i < blocks.length; i++) {
        panel(kernels[i], group, Math.min(most, last - group), row, blocks[i]);
        row += blocks[i];
      }
    }
  }

  private void panel(BackwardKernel kernel, int group, int groups, int row, int count) {
    Space space = Space.of(groups, groups * layout.group(), count);
    space.clear();
    for (int tile = 0; tile < layout.tiles(); tile += TILES_TOGETHER) {
      kernel.run(
          memory.words(tile, group),
          memory.scale(tile, group),
          memory.zero(tile, group),
          dy + 4L * ((long) row * layout.paddedRows() + (long) TileLayout.TILE * tile),
          4L * layout.paddedRows(),
          space.scaled(),
          space.vectors,
          space.vectors + space.step() * groups * layout.group(),
          Math.min(TILES_TOGETHER, layout.tiles() - tile),
          layout.groupBytes() * layout.groups(),
          (long) memory.scales().groupBytes() * layout.groups(),
          groups,
          layout.chunks(),
          4L * TileLayout.TILE,
          1);
    }
    MemorySegment.copy(
        layout.factors(), 0, Memory.ALL, ValueLayout.JAVA_FLOAT, space.factors(), TileLayout.CHUNK);
    for (int m = 0; m < count; m++) {
      laneSums.run(
          space.vectors + 4L * Kernels.lanes() * m,
          space.step(),
          space.sums(),
          space.sums() + 4L * groups * layout.group(),
          space.factors(),
          dx + 4L * ((long) (row + m) * layout.columns() + (long) group * layout.group()),
          space.blocks,
          groups,
          layout.chunks(),
          1);
    }
  }

  /// Memory for a panel: a vector for each row and each column or group, then what is smaller.
  ///
  /// @param rows of dY
  /// @param blocks of as many columns, or groups, as a vector has lanes
  private record Space(long vectors, int rows, int blocks) {
    static Space of(int groups, int columns, int rows) {
      int blocks = Math.ceilDiv(columns + groups, Kernels.lanes());
      var sized = new Space(0, rows, blocks);
      return new Space(
          Scratch.of(sized.scaled() + 4L * TileLayout.TILE * TILES_TOGETHER * rows), rows, blocks);
    }

    /// Bytes from a column to the next.
    long step() {
      return 4L * Kernels.lanes() * rows;
    }

    long sums() {
      return vectors + step() * Kernels.lanes() * blocks + LaneSums.BEYOND;
    }

    long factors() {
      return sums() + 4L * Kernels.lanes() * blocks;
    }

    /// Room for scales times dY.
    long scaled() {
      return factors() + 4L * TileLayout.CHUNK;
    }

    void clear() {
      Memory.ALL.asSlice(vectors, sums() - vectors).fill((byte) 0);
    }
  }
}
