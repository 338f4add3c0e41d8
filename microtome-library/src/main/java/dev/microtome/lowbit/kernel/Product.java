package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Arrays;

/// Products of matrices with a [KernelWeight] by the vector kernels, a few rows at a time: `x Wᵀ`
/// and `dY W` in float32.
record Product(KernelWeight weight) {
  private static final int TILES_A_PART = 2;
  private static final int COLUMNS_A_PART = 512;
  private static final int TILES_TOGETHER = 4;

  /// One block of rows of x times some tiles.
  private interface Block {
    void run(int block, int firstRow, int tile, int tiles, long y);
  }

  /// `x Wᵀ`, for x float32 (rows, columns), contiguous; (rows, W's rows).
  Tensor forward(Tensor x) {
    TileLayout layout = weight.layout();
    int rows = (int) x.size(0);
    Activations activations;
    try (var arena = Arena.ofConfined()) {
      activations = Activations.of(x.dense().segment(arena), rows, layout);
    }
    int[] blocks = activations.blocks();
    var kernels = new ForwardKernel[blocks.length];
    Arrays.setAll(kernels, i -> Kernels.forward(layout, weight.scaleType(), blocks[i]));
    WeightMemory memory = weight.memory();
    return overTiles(
        rows,
        blocks,
        (block, firstRow, tile, tiles, y) ->
            kernels[block].run(
                memory.words(tile, 0),
                memory.scale(tile, 0),
                memory.zero(tile, 0),
                activations.x(),
                activations.sums(),
                firstRow * layout.columns(),
                firstRow * layout.groups(),
                y,
                4L * layout.paddedRows(),
                tiles,
                layout.groups(),
                layout.chunks(),
                4L * TileLayout.TILE,
                1));
  }

  /// The same with tables of 16-bit numbers in place of multiplications.
  Tensor lookUp(Tensor x) {
    TileLayout layout = weight.layout();
    int rows = (int) x.size(0);
    LookupTables tables;
    try (var arena = Arena.ofConfined()) {
      tables = LookupTables.of(x.dense().segment(arena), rows, layout);
    }
    int[] blocks = tables.blocks();
    var kernels = new LookupKernel[blocks.length];
    Arrays.setAll(kernels, i -> Kernels.lookup(layout, weight.scaleType(), blocks[i]));
    WeightMemory memory = weight.memory();
    long tablesOfRow =
        LookupTables.BYTES * layout.columns() / 32 * LookupTables.inChunk(layout.bits());
    try {
      return overTiles(
          rows,
          blocks,
          (block, firstRow, tile, tiles, to) ->
              kernels[block].run(
                  memory.words(tile, 0),
                  memory.scale(tile, 0),
                  memory.zero(tile, 0),
                  tables.tables().address() + firstRow * tablesOfRow,
                  tables.units(),
                  tables.sums(),
                  firstRow * layout.groups(),
                  to,
                  4L * layout.paddedRows(),
                  tiles,
                  layout.groups(),
                  layout.chunks(),
                  4L * TileLayout.TILE,
                  1));
    } finally {
      Reference.reachabilityFence(tables);
    }
  }

  /// Runs every block over every tile. With several blocks tile by tile: its words stay in the
  /// cache for the next block.
  private Tensor overTiles(int rows, int[] blocks, Block product) {
    TileLayout layout = weight.layout();
    var padded = (DenseTensor) Tensor.zeros(Shape.of(rows, layout.paddedRows()), DType.FLOAT32);
    long y = padded.address();
    long yRow = 4L * layout.paddedRows();
    try {
      Workers.run(
          layout.tiles(),
          blocks.length == 1 ? TILES_A_PART : 1,
          Torch.threads(),
          (from, to) -> {
            int together = blocks.length == 1 ? to - from : 1;
            for (int tile = from; tile < to; tile += together) {
              int row = 0;
              for (int i = 0; i < blocks.length; i++) {
                long at = y + row * yRow + 4L * TileLayout.TILE * tile;
                product.run(i, row, tile, together, at);
                row += blocks[i];
              }
            }
          });
    } finally {
      Reference.reachabilityFence(padded);
      Reference.reachabilityFence(weight);
    }
    return layout.rows() == layout.paddedRows()
        ? padded
        : padded.narrow(1, 0, layout.rows()).contiguous();
  }

  /// `dY W`, for dY float32 (rows, W's rows); (rows, columns).
  Tensor backward(Tensor dy) {
    TileLayout layout = weight.layout();
    int rows = (int) dy.size(0);
    Tensor padded = dy.pad(0, layout.paddedRows() - layout.rows()).contiguous();
    var dx = (DenseTensor) Tensor.empty(Shape.of(rows, layout.columns()), DType.FLOAT32);
    int[] blocks = Activations.blocks(rows, BackwardCode.mostRows(Kernels.lanes(), layout));
    int groups = Math.max(1, COLUMNS_A_PART / layout.group());
    WeightMemory memory = weight.memory();
    try (var arena = Arena.ofShared()) {
      MemorySegment out = dx.segment(arena);
      long from = padded.dense().address();
      Workers.run(
          Math.ceilDiv(layout.groups(), groups),
          1,
          Torch.threads(),
          (first, last) -> {
            for (int part = first; part < last; part++) {
              int group = part * groups;
              int count = Math.min(groups, layout.groups() - group);
              int row = 0;
              for (int block : blocks) {
                new Panel(layout, memory, group, count, row, block)
                    .run(weight.scaleType(), from, out);
                row += block;
              }
            }
          });
    } finally {
      Reference.reachabilityFence(padded);
      Reference.reachabilityFence(weight);
    }
    return dx;
  }

  /// Some groups of columns of dX, for some of its rows.
  private record Panel(
      TileLayout layout, WeightMemory memory, int group, int groups, int row, int rows) {

    void run(ScaleType scales, long dy, MemorySegment out) {
      long lane = 4L * Kernels.lanes();
      int columns = groups * layout.group();
      int sums = (columns + groups) * rows;
      try (var arena = Arena.ofConfined()) {
        long acc = arena.allocate(lane * sums + LaneSums.BEYOND, 64).address();
        addTiles(
            Kernels.backward(layout, scales, rows),
            dy,
            arena.allocate(4L * TileLayout.TILE * TILES_TOGETHER * rows, 64).address(),
            acc,
            acc + lane * columns * rows);
        MemorySegment quarters = arena.allocate(16L * sums + LaneSums.BEYOND, 64);
        Kernels.laneSums(layout).run(acc, quarters.address(), sums, 1);
        write(LaneSums.added(quarters, sums), columns, out);
      }
    }

    private void addTiles(BackwardKernel kernel, long dy, long scaled, long acc, long zeros) {
      long dyRow = 4L * layout.paddedRows();
      for (int tile = 0; tile < layout.tiles(); tile += TILES_TOGETHER) {
        kernel.run(
            memory.words(tile, group),
            memory.scale(tile, group),
            memory.zero(tile, group),
            dy + row * dyRow + 4L * TileLayout.TILE * tile,
            dyRow,
            scaled,
            acc,
            zeros,
            Math.min(TILES_TOGETHER, layout.tiles() - tile),
            layout.groupBytes() * layout.groups(),
            (long) memory.scales().groupBytes() * layout.groups(),
            groups,
            layout.chunks(),
            4L * TileLayout.TILE,
            1);
      }
    }

    /// @param sums of codes for each column, then of zeros for each group
    private void write(float[] sums, int columns, MemorySegment out) {
      float[] factors = layout.factors();
      float[] dx = new float[columns];
      for (int m = 0; m < rows; m++) {
        for (int g = 0; g < groups; g++) {
          float zeros = sums[(columns + g) * rows + m];
          for (int k = g * layout.group(); k < (g + 1) * layout.group(); k++) {
            dx[k] = sums[k * rows + m] * factors[k % TileLayout.CHUNK] - zeros;
          }
        }
        long first = (long) (row + m) * layout.columns() + (long) group * layout.group();
        MemorySegment.copy(dx, 0, out, ValueLayout.JAVA_FLOAT, 4 * first, columns);
      }
    }
  }
}
