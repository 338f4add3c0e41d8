package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;

/// Products of many rows with a [KernelWeight] in float32: a piece of the weight that fits the
/// nearest caches is written out, multiplied by all it meets ([PanelKernel]) and overwritten. So a
/// code is taken out of its word once, however many rows there are.
///
/// Sums run over 128 numbers (or a group, where that is more) from front to back, and the sums of
/// these are added in order.
record PanelProduct(KernelWeight weight) {
  private static final int PIECE = 128; // numbers a sum runs over
  private static final int PANEL = 256; // columns of dX at a time
  private static final int MOST = PanelCode.MOST_ROWS;
  private static final long TILE_ROW = 4L * TileLayout.TILE;

  private WeightPieces pieces() {
    return WeightPieces.of(weight, false);
  }

  /// `x Wᵀ`, for x float32 (rows, columns), contiguous; (rows, W's rows).
  Tensor forward(Tensor x) {
    TileLayout layout = weight.layout();
    int rows = (int) x.size(0);
    var y = (DenseTensor) Tensor.zeros(Shape.of(rows, layout.paddedRows()), DType.FLOAT32);
    int vectors = PanelCode.mostVectors(Kernels.lanes());
    var kernels = new PanelKernel[MOST];
    for (int few = 1; few <= MOST; few++) {
      if (few == MOST ? rows >= MOST : rows % MOST == few) {
        kernels[few - 1] = Kernels.panel(layout, few, vectors);
      }
    }
    var forward =
        new Forward(
            layout,
            pieces(),
            kernels,
            vectors * Kernels.lanes(),
            rows,
            x.dense().address(),
            y.address());
    try {
      Workers.run(layout.tiles(), 1, Torch.threads(), forward::tiles);
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
      Reference.reachabilityFence(weight);
    }
    return y.narrow(1, 0, layout.rows()).contiguous();
  }

  /// @param kernels for 1, 2, … rows of x
  /// @param width rows of W a kernel takes
  /// @param rows of x
  @SuppressWarnings("ArrayRecordComponent") // never leaves the class
  private record Forward(
      TileLayout layout,
      WeightPieces pieces,
      PanelKernel[] kernels,
      int width,
      int rows,
      long x,
      long y) {

    void tiles(int first, int last) {
      int groups = Math.max(1, PIECE / layout.group());
      try (var arena = Arena.ofConfined()) {
        long piece = arena.allocate(TILE_ROW * groups * layout.group(), 64).address();
        for (int tile = first; tile < last; tile++) {
          for (int group = 0; group < layout.groups(); group += groups) {
            int some = Math.min(groups, layout.groups() - group);
            pieces.write(tile, group, some, piece, TILE_ROW);
            multiply(piece, tile, group * layout.group(), some * layout.group());
          }
        }
      }
    }

    private void multiply(long piece, int tile, int column, int columns) {
      long xRow = 4L * layout.columns();
      long yRow = 4L * layout.paddedRows();
      for (int row = 0; row < rows; row += MOST) {
        PanelKernel kernel = kernels[Math.min(MOST, rows - row) - 1];
        long from = x + row * xRow + 4L * column;
        long to = y + row * yRow + TILE_ROW * tile;
        for (long at = 0; at < TILE_ROW; at += 4L * width) {
          kernel.run(from, xRow, piece + at, TILE_ROW, to + at, yRow, columns, 1);
        }
      }
    }
  }

  /// `dY W`, for dY float32 (rows, W's rows); (rows, columns).
  Tensor backward(Tensor dy) {
    TileLayout layout = weight.layout();
    int lanes = Kernels.lanes();
    int rows = (int) dy.size(0);
    int blocks = Math.ceilDiv(rows, lanes * PanelCode.mostVectors(lanes));
    int vectors = Math.ceilDiv(Math.ceilDiv(rows, blocks), lanes);
    int width = vectors * lanes;
    Tensor across =
        dy.pad(0, layout.paddedRows() - layout.rows(), 0, (long) blocks * width - rows)
            .reshape(blocks, width, layout.paddedRows())
            .transpose(1, 2)
            .contiguous();
    var dx = (DenseTensor) Tensor.zeros(Shape.of(blocks, layout.columns(), width), DType.FLOAT32);
    var backward =
        new Backward(
            layout,
            pieces(),
            Kernels.panel(layout, MOST, vectors),
            blocks,
            width,
            across.dense().address(),
            dx.address());
    try {
      Workers.run(layout.groups(), backward.groups(), Torch.threads(), backward::panel);
    } finally {
      Reference.reachabilityFence(across);
      Reference.reachabilityFence(dx);
      Reference.reachabilityFence(weight);
    }
    return dx.transpose(1, 2).reshape((long) blocks * width, layout.columns()).narrow(0, 0, rows);
  }

  /// @param blocks of rows of dY, each `[W's row][width]`
  private record Backward(
      TileLayout layout,
      WeightPieces pieces,
      PanelKernel kernel,
      int blocks,
      int width,
      long dy,
      long dx) {

    /// Groups in a panel.
    int groups() {
      return Math.max(1, PANEL / layout.group());
    }

    void panel(int group, int end) {
      int tiles = PIECE / TileLayout.TILE;
      int columns = (end - group) * layout.group();
      try (var arena = Arena.ofConfined()) {
        long piece = arena.allocate(TILE_ROW * tiles * columns, 64).address();
        for (int tile = 0; tile < layout.tiles(); tile += tiles) {
          int some = Math.min(tiles, layout.tiles() - tile);
          for (int i = 0; i < some; i++) {
            pieces.write(tile + i, group, end - group, piece + TILE_ROW * i, TILE_ROW * some);
          }
          multiply(piece, some, tile, group * layout.group(), columns);
        }
      }
    }

    private void multiply(long piece, int tiles, int tile, int column, int columns) {
      long pieceRow = TILE_ROW * tiles;
      long row = 4L * width;
      int count = TileLayout.TILE * tiles;
      for (int block = 0; block < blocks; block++) {
        long from = dy + row * ((long) block * layout.paddedRows() + (long) TileLayout.TILE * tile);
        long to = dx + row * ((long) block * layout.columns() + column);
        for (int i = 0; i < columns; i += MOST) {
          kernel.run(piece + i * pieceRow, pieceRow, from, row, to + i * row, row, count, 1);
        }
      }
    }
  }
}
