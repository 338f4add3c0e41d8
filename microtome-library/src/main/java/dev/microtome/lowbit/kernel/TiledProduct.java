package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.kernel.Workers;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Products of many rows with a [KernelWeight] in bfloat16: a strip of the weight is written out,
/// multiplied by libtorch, and overwritten by the next.
record TiledProduct(KernelWeight weight) {
  private static final int STRIP = 256;

  /// Some tiles of the weight, from the first on, over some groups of columns.
  private record Part(int tile, int tiles, int group, int groups) {}

  /// `x Wᵀ`, for x bfloat16 (rows, columns); (rows, W's rows).
  Tensor forward(Tensor x) {
    return strips(DType.BFLOAT16, w -> swapped(x.mm(w), 16, 2));
  }

  /// The sum of the squares of each row of W, in float32.
  Tensor rowSquares() {
    return strips(DType.FLOAT32, w -> w.square().sum(0, true)).reshape(-1);
  }

  /// What `use` makes of each strip of rows, (columns, some rows), side by side.
  private Tensor strips(DType dtype, UnaryOperator<Tensor> use) {
    TileLayout layout = weight.layout();
    Tensor strip = Tensor.empty(Shape.of((long) STRIP * layout.columns()), dtype);
    var parts = new ArrayList<Tensor>();
    for (int row = 0; row < layout.paddedRows(); row += STRIP) {
      int first = row;
      int rows = Math.min(STRIP, layout.paddedRows() - row);
      parts.add(
          Scope.run(() -> {
            var part =
                new Part(first / TileLayout.TILE, rows / TileLayout.TILE, 0, layout.groups());
            return use.apply(written(strip, part, 1));
          }));
    }
    return Tensor.cat(parts, 1).narrow(1, 0, layout.rows()).contiguous();
  }

  /// `dY W`, for dY bfloat16 (rows, W's rows); (rows, columns).
  Tensor backward(Tensor dy) {
    TileLayout layout = weight.layout();
    Tensor left = swapped(dy.pad(0, layout.paddedRows() - layout.rows()), 2, 16);
    int groups = Math.max(1, STRIP / layout.group());
    Tensor strip =
        Tensor.empty(
            Shape.of((long) groups * layout.group() * layout.paddedRows()), DType.BFLOAT16);
    List<Tensor> parts = new ArrayList<>();
    for (int group = 0; group < layout.groups(); group += groups) {
      int first = group;
      int count = Math.min(groups, layout.groups() - group);
      parts.add(
          Scope.run(() -> {
            var part = new Part(0, layout.tiles(), first, count);
            return left.mm(written(strip, part, 4).t());
          }));
    }
    return Tensor.cat(parts, 1);
  }

  /// Writes a part of the weight to the front of `strip`; its (columns, rows).
  ///
  /// @param together tiles a thread takes at a time
  private Tensor written(Tensor strip, Part part, int together) {
    long columns = (long) part.groups * weight.layout().group();
    long rows = (long) part.tiles * TileLayout.TILE;
    Tensor w = strip.narrow(0, 0, columns * rows).view(columns, rows);
    var pieces = WeightPieces.of(weight, strip.dtype() == DType.BFLOAT16);
    long tileBytes = (long) strip.dtype().bytes() * TileLayout.TILE;
    try {
      long out = w.dense().address();
      Workers.run(
          part.tiles,
          together,
          Torch.threads(),
          (from, to) -> {
            for (int tile = from; tile < to; tile++) {
              pieces.write(
                  part.tile + tile,
                  part.group,
                  part.groups,
                  out + tileBytes * tile,
                  tileBytes * part.tiles);
            }
          });
    } finally {
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(weight);
    }
    return w;
  }

  /// Columns r and r + 16 of each 32 side by side, as the rows of bfloat16 strips are, or back.
  private static Tensor swapped(Tensor matrix, int outer, int inner) {
    return matrix
        .reshape(matrix.size(0), matrix.size(1) / 32, outer, inner)
        .transpose(2, 3)
        .reshape(matrix.size(0), matrix.size(1));
  }
}
