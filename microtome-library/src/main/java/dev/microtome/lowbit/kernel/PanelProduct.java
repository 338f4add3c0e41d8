package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.BlockProduct;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;

/// Products of many rows with a [KernelWeight]: a piece of the weight that fits the nearest caches
/// is written out, multiplied by all it meets ([PieceProduct]) and overwritten. So a code is taken
/// out of its word once, however many rows there are.
///
/// Sums run over the numbers of a piece from front to back, and the sums of pieces are added in
/// order, in float32.
///
/// @param half whether numbers are rounded to bfloat16
/// @param blocks whether libtorch multiplies ([BlockProduct])
record PanelProduct(KernelWeight weight, boolean half, boolean blocks) {
  private static final int PIECE = 64 << 10; // bytes
  private static final int TILE = TileLayout.TILE;

  /// In float32.
  static PanelProduct full(KernelWeight weight) {
    return new PanelProduct(weight, false, BlockProduct.FLOAT32.available());
  }

  /// In bfloat16 where the processor can; elsewhere that would be slower.
  static PanelProduct half(KernelWeight weight) {
    boolean half = BlockProduct.BFLOAT16.available();
    return half ? new PanelProduct(weight, true, true) : full(weight);
  }

  private BlockProduct block() {
    return half ? BlockProduct.BFLOAT16 : BlockProduct.FLOAT32;
  }

  private int bytes() {
    return half ? 2 : 4;
  }

  private Tensor typed(Tensor matrix) {
    return matrix.to(half ? DType.BFLOAT16 : DType.FLOAT32).contiguous();
  }

  /// `x Wᵀ`, for x (rows, columns); (rows, W's rows), float32.
  Tensor forward(Tensor x) {
    TileLayout layout = weight.layout();
    int rows = (int) x.size(0);
    Tensor typed = typed(x);
    var y = (DenseTensor) Tensor.zeros(Shape.of(rows, layout.paddedRows()), DType.FLOAT32);
    var forward =
        new Forward(
            layout,
            WeightPieces.of(weight, half ? PieceForm.COLUMN_PAIRS : PieceForm.NUMBERS),
            blocks
                ? new PieceProduct.ByBlocks(block(), TILE)
                : PieceProduct.ByVectors.of(
                    layout, rows, PanelCode.mostVectors(Kernels.lanes()), TILE),
            bytes(),
            rows,
            typed.dense().address(),
            y.address());
    try {
      Workers.run(layout.tiles(), 1, Torch.threads(), forward::tiles);
    } finally {
      Reference.reachabilityFence(typed);
      Reference.reachabilityFence(y);
      Reference.reachabilityFence(weight);
    }
    return y.narrow(1, 0, layout.rows()).contiguous();
  }

  /// @param bytes of a number
  /// @param rows of x
  private record Forward(
      TileLayout layout,
      WeightPieces pieces,
      PieceProduct product,
      int bytes,
      int rows,
      long x,
      long y) {

    void tiles(int first, int last) {
      int most = Math.max(1, PIECE / bytes / TILE / layout.group());
      long pieceRow = (long) bytes * TILE;
      try (var arena = Arena.ofConfined()) {
        long piece = arena.allocate(pieceRow * most * layout.group(), 64).address();
        for (int tile = first; tile < last; tile++) {
          for (int group = 0; group < layout.groups(); group += most) {
            int groups = Math.min(most, layout.groups() - group);
            pieces.write(tile, group, groups, piece, 4L * TILE);
            product.add(
                rows,
                groups * layout.group(),
                x + (long) bytes * group * layout.group(),
                (long) bytes * layout.columns(),
                piece,
                4L * TILE,
                y + 4L * TILE * tile,
                4L * layout.paddedRows());
          }
        }
      }
      product.done();
    }
  }

  /// `dY W`, for dY (rows, W's rows); (rows, columns), float32.
  Tensor backward(Tensor dy) {
    TileLayout layout = weight.layout();
    int lanes = Kernels.lanes();
    int rows = (int) dy.size(0);
    int parts = Math.ceilDiv(rows, lanes * PanelCode.mostVectors(lanes));
    int vectors = Math.ceilDiv(Math.ceilDiv(rows, parts), lanes);
    int width = vectors * lanes;
    Tensor across = across(dy, parts, width);
    var dx = (DenseTensor) Tensor.zeros(Shape.of(parts, layout.columns(), width), DType.FLOAT32);
    var backward =
        new Backward(
            layout,
            WeightPieces.of(weight, half ? PieceForm.ROW_PAIRS : PieceForm.NUMBERS),
            blocks
                ? new PieceProduct.ByBlocks(block(), width)
                : PieceProduct.ByVectors.of(layout, PanelCode.MOST_ROWS, vectors, width),
            bytes(),
            parts,
            width,
            across.dense().address(),
            dx.address());
    try {
      Workers.run(layout.groups(), 1, Torch.threads(), backward::groups);
    } finally {
      Reference.reachabilityFence(across);
      Reference.reachabilityFence(dx);
      Reference.reachabilityFence(weight);
    }
    return dx.transpose(1, 2).reshape((long) parts * width, layout.columns()).narrow(0, 0, rows);
  }

  /// dYᵀ in parts of `width` columns, its rows as a piece's columns hold them.
  private Tensor across(Tensor dy, int parts, int width) {
    TileLayout layout = weight.layout();
    Tensor padded =
        dy.to(half ? DType.BFLOAT16 : DType.FLOAT32)
            .pad(0, layout.paddedRows() - layout.rows(), 0, (long) parts * width - dy.size(0));
    return half
        ? padded.reshape(parts, width, -1, 2, 16).permute(0, 2, 4, 1, 3).contiguous()
        : padded.reshape(parts, width, -1).transpose(1, 2).contiguous();
  }

  /// @param parts of dY, each `[W's row][width]`
  private record Backward(
      TileLayout layout,
      WeightPieces pieces,
      PieceProduct product,
      int bytes,
      int parts,
      int width,
      long dy,
      long dx) {

    void groups(int first, int last) {
      int most = Math.clamp(PIECE / bytes / TILE / layout.group(), 1, layout.tiles());
      long tileRow = (long) bytes * TILE;
      try (var arena = Arena.ofConfined()) {
        long piece = arena.allocate(tileRow * most * layout.group(), 64).address();
        for (int group = first; group < last; group++) {
          for (int tile = 0; tile < layout.tiles(); tile += most) {
            int tiles = Math.min(most, layout.tiles() - tile);
            for (int i = 0; i < tiles; i++) {
              pieces.write(tile + i, group, 1, piece + tileRow * i, tileRow * tiles);
            }
            multiply(piece, tiles, tile, group);
          }
        }
      }
      product.done();
    }

    private void multiply(long piece, int tiles, int tile, int group) {
      for (int part = 0; part < parts; part++) {
        long row = (long) part * layout.paddedRows() + (long) TILE * tile;
        long column = (long) part * layout.columns() + (long) group * layout.group();
        product.add(
            layout.group(),
            TILE * tiles,
            piece,
            (long) bytes * TILE * tiles,
            dy + (long) bytes * width * row,
            4L * width,
            dx + 4L * width * column,
            4L * width);
      }
    }
  }
}
