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

/// Products of many rows with a [KernelWeight]: a strip of the weight is written out, multiplied by
/// libtorch, and overwritten by the next.
///
/// @param half whether strips are bfloat16, else float32
record TiledProduct(KernelWeight weight, boolean half) {
  private static final int STRIP = 512;

  private DType dtype() {
    return half ? DType.BFLOAT16 : DType.FLOAT32;
  }

  /// `x Wᵀ`, for x (rows, columns) of the strips' dtype; (rows, W's rows).
  Tensor forward(Tensor x) {
    return strips(w -> {
      Tensor y = x.mm(w);
      return half ? swapped(y, 16, 2) : y;
    });
  }

  /// The sum of the squares of each row of W.
  Tensor rowSquares() {
    return strips(w -> w.square().sum(0, true)).reshape(-1);
  }

  /// What `use` makes of each strip of rows, (columns, some rows), side by side.
  private Tensor strips(UnaryOperator<Tensor> use) {
    TileLayout layout = weight.layout();
    Tensor strip = Tensor.empty(Shape.of((long) STRIP * layout.columns()), dtype());
    var parts = new ArrayList<Tensor>();
    for (int row = 0; row < layout.paddedRows(); row += STRIP) {
      int first = row;
      int rows = Math.min(STRIP, layout.paddedRows() - row);
      parts.add(
          Scope.run(() -> {
            Tensor w = strip.narrow(0, 0, (long) rows * layout.columns());
            w = w.view(layout.columns(), rows);
            writeRows(w, first / TileLayout.TILE, rows / TileLayout.TILE);
            return use.apply(w);
          }));
    }
    return Tensor.cat(parts, 1).narrow(1, 0, layout.rows()).contiguous();
  }

  private void writeRows(Tensor strip, int firstTile, int tiles) {
    TileLayout layout = weight.layout();
    DequantizeKernel kernel = Kernels.dequantize(layout, weight.scaleType(), half);
    long size = dtype().bytes();
    WeightMemory memory = weight.memory();
    try {
      long out = strip.dense().segment().address();
      Workers.run(
          tiles,
          1,
          Torch.threads(),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              kernel.run(
                  memory.words(firstTile + t, 0),
                  memory.scale(firstTile + t, 0),
                  memory.zero(firstTile + t, 0),
                  out + size * TileLayout.TILE * t,
                  size * TileLayout.TILE * tiles,
                  layout.groups(),
                  layout.chunks(),
                  4L * TileLayout.TILE,
                  1);
            }
          });
    } finally {
      Reference.reachabilityFence(strip);
      Reference.reachabilityFence(weight);
    }
  }

  /// `dY W`, for dY (rows, W's rows) of the strips' dtype; (rows, columns).
  Tensor backward(Tensor dy) {
    TileLayout layout = weight.layout();
    Tensor padded = dy.pad(0, layout.paddedRows() - layout.rows());
    Tensor left = half ? swapped(padded, 2, 16) : padded;
    int groups = Math.max(1, STRIP / layout.group());
    Tensor strip =
        Tensor.empty(Shape.of((long) groups * layout.group() * layout.paddedRows()), dtype());
    List<Tensor> parts = new ArrayList<>();
    for (int group = 0; group < layout.groups(); group += groups) {
      int first = group;
      int count = Math.min(groups, layout.groups() - group);
      long columns = (long) count * layout.group();
      parts.add(
          Scope.run(() -> {
            Tensor w = strip.narrow(0, 0, columns * layout.paddedRows());
            w = w.view(columns, layout.paddedRows());
            writeColumns(w, first, count);
            return left.mm(w.t());
          }));
    }
    return Tensor.cat(parts, 1);
  }

  private void writeColumns(Tensor strip, int firstGroup, int groups) {
    TileLayout layout = weight.layout();
    DequantizeKernel kernel = Kernels.dequantize(layout, weight.scaleType(), half);
    long size = dtype().bytes();
    WeightMemory memory = weight.memory();
    try {
      long out = strip.dense().segment().address();
      Workers.run(
          layout.tiles(),
          4,
          Torch.threads(),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              kernel.run(
                  memory.words(t, firstGroup),
                  memory.scale(t, firstGroup),
                  memory.zero(t, firstGroup),
                  out + size * TileLayout.TILE * t,
                  size * layout.paddedRows(),
                  groups,
                  layout.chunks(),
                  4L * TileLayout.TILE,
                  1);
            }
          });
    } finally {
      Reference.reachabilityFence(strip);
      Reference.reachabilityFence(weight);
    }
  }

  /// Columns r and r + 16 of each 32 side by side, as the rows of bfloat16 strips are, or back.
  private static Tensor swapped(Tensor matrix, int outer, int inner) {
    return matrix
        .reshape(matrix.size(0), matrix.size(1) / 32, outer, inner)
        .transpose(2, 3)
        .reshape(matrix.size(0), matrix.size(1));
  }
}
