package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.Arrays;

/// Products of matrices with a [KernelWeight] by the vector kernels, a few rows at a time: `x Wᵀ`
/// and `dY W` in float32.
record Product(KernelWeight weight) {
  private static final int TILES_A_PART = 2;
  private static final int COLUMNS_A_PART = 512;

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

  /// `dY W`, for dY float32 (rows, W's rows), contiguous; (rows, columns).
  Tensor backward(Tensor dy) {
    TileLayout layout = weight.layout();
    int rows = (int) dy.size(0);
    int missing = layout.paddedRows() - layout.rows();
    Tensor padded = missing == 0 ? dy : dy.pad(0, missing);
    var dx = (DenseTensor) Tensor.empty(Shape.of(rows, layout.columns()), DType.FLOAT32);
    var panels = BackwardPanels.of(weight, rows, padded.dense().address(), dx.address());
    try {
      Workers.run(
          layout.groups(),
          Math.max(1, COLUMNS_A_PART / layout.group()),
          Torch.threads(),
          panels::groups);
    } finally {
      Reference.reachabilityFence(padded);
      Reference.reachabilityFence(dx);
      Reference.reachabilityFence(weight);
    }
    return dx;
  }
}
