package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;

/// Scales or zeros, from (rows, groups) to the order of the kernels and back.
final class Scales {
  private Scales() {}

  /// As [TileLayout#scaleShape]; rows that only fill the last tile get zeros.
  static Tensor tiled(String what, Tensor plain, DType dtype, TileLayout layout) {
    if (plain.dim() != 2
        || plain.size(0) != layout.rows()
        || plain.size(1) != layout.groups()
        || plain.dtype() != dtype) {
      throw new IllegalArgumentException(
          "%s of %d rows in %d groups must be %s[%d, %d], got %s%s"
              .formatted(
                  what,
                  layout.rows(),
                  layout.groups(),
                  dtype.label(),
                  layout.rows(),
                  layout.groups(),
                  plain.dtype().label(),
                  plain.shape()));
    }
    ScaleType type = ScaleType.of(dtype);
    if (plain.isFinite().all().item() == 0) {
      throw new IllegalArgumentException(what + " must be finite, some are infinite or NaN");
    }
    Tensor tiles =
        plain
            .detach()
            .pad(0, 0, 0, layout.paddedRows() - layout.rows())
            .reshape(layout.tiles(), TileLayout.TILE, layout.groups())
            .transpose(1, 2);
    return type == ScaleType.FLOAT32 ? tiles.contiguous() : swapped(tiles, layout, 2, 16);
  }

  /// (rows, groups) again.
  static Tensor plain(Tensor tiled, TileLayout layout) {
    boolean paired = ScaleType.of(tiled.dtype()) != ScaleType.FLOAT32;
    return (paired ? swapped(tiled, layout, 16, 2) : tiled)
        .transpose(1, 2)
        .reshape(layout.paddedRows(), layout.groups())
        .narrow(0, 0, layout.rows())
        .contiguous();
  }

  /// Rows r and r + 16 of each 32 side by side, or back.
  private static Tensor swapped(Tensor tiles, TileLayout layout, int outer, int inner) {
    return tiles
        .reshape(layout.tiles(), layout.groups(), 2, outer, inner)
        .transpose(3, 4)
        .contiguous()
        .view(layout.tiles(), layout.groups(), TileLayout.TILE);
  }
}
