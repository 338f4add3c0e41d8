package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.BlockProduct;

/// `c += a b` with a piece of a weight, which is in the cache: a is (m, k), b (k, n), c (m, n) in
/// float32. Addresses and the distance from row to row are in bytes.
interface PieceProduct {
  void add(int m, int k, long a, long aRow, long b, long bRow, long c, long cRow);

  /// What a thread calls when it has added its last.
  default void done() {}

  /// By kernels of ours, in float32.
  ///
  /// @param kernels for 1, 2, … rows of a
  /// @param width columns of b a kernel takes
  @SuppressWarnings("ArrayRecordComponent") // never leaves the package
  record ByVectors(PanelKernel[] kernels, int width, int n) implements PieceProduct {
    private static final int MOST = PanelCode.MOST_ROWS;

    /// For up to `m` rows of a.
    static ByVectors of(TileLayout layout, int m, int vectors, int n) {
      var kernels = new PanelKernel[MOST];
      for (int few = 1; few <= MOST; few++) {
        if (few == MOST ? m >= MOST : m % MOST == few) {
          kernels[few - 1] = Kernels.panel(layout, few, vectors);
        }
      }
      return new ByVectors(kernels, vectors * Kernels.lanes(), n);
    }

    @Override
    public void add(int m, int k, long a, long aRow, long b, long bRow, long c, long cRow) {
      for (int row = 0; row < m; row += MOST) {
        PanelKernel kernel = kernels[Math.min(MOST, m - row) - 1];
        for (long at = 0; at < 4L * n; at += 4L * width) {
          kernel.run(a + row * aRow, aRow, b + at, bRow, c + row * cRow + at, cRow, k, 1);
        }
      }
    }
  }

  /// By libtorch's, in the type of `product`; b lies in its units.
  record ByBlocks(BlockProduct product, int n) implements PieceProduct {
    private static final int MOST = 64; // rows of a at a time

    @Override
    public void add(int m, int k, long a, long aRow, long b, long bRow, long c, long cRow) {
      int bytes = product.bytes();
      for (int row = 0; row < m; row += MOST) {
        var sizes =
            new BlockProduct.Sizes(
                Math.min(MOST, m - row),
                n,
                k,
                aRow / bytes,
                bRow / bytes / product.unit(),
                cRow / 4);
        product.run(sizes, a + row * aRow, b, c + row * cRow, true);
      }
    }

    @Override
    public void done() {
      BlockProduct.release();
    }
  }
}
