package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.lang.ref.Reference;
import java.util.ArrayList;

/// The sum of the squares of each row of a [KernelWeight], 64 rows at a time.
record RowSquares(KernelWeight weight) {
  /// (rows), float32.
  Tensor sums() {
    TileLayout layout = weight.layout();
    var pieces = WeightPieces.of(weight, PieceForm.NUMBERS);
    var rows =
        (DenseTensor) Tensor.empty(Shape.of(layout.columns(), TileLayout.TILE), DType.FLOAT32);
    var sums = new ArrayList<Tensor>();
    try {
      for (int tile = 0; tile < layout.tiles(); tile++) {
        int each = tile;
        sums.add(
            Scope.run(() -> {
              pieces.write(each, 0, layout.groups(), rows.address(), 4L * TileLayout.TILE);
              return rows.square().sum(0);
            }));
      }
    } finally {
      Reference.reachabilityFence(weight);
    }
    return Tensor.cat(sums, 0).narrow(0, 0, layout.rows());
  }
}
