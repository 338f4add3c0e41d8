package dev.microtome.tensor.kernel;

/// Products where each output is a dot product with neighbouring numbers. A part is some of the
/// outputs.
abstract sealed class RowDots implements Product permits FloatDots, Bfloat16Dots {
  final MatVec m;

  RowDots(MatVec m) {
    this.m = m;
  }

  /// Computes `count` outputs of row `row` of x, from output `n` on.
  abstract void outputs(int row, int n, int count);

  // Small parts even out a thread that is held up.
  @Override
  public final int parts(int threads) {
    return threads == 1 ? 1 : Math.min(4 * threads, m.outputs() / MatVec.MULTIPLE + 1);
  }

  @Override
  public final void part(int part, int parts) {
    int from = MatVec.edge(m.outputs(), part, parts);
    int to = MatVec.edge(m.outputs(), part + 1, parts);
    int block = m.rows() == 1 ? to - from : MatVec.MULTIPLE; // in the cache for all rows
    for (int n = from; n < to; n += block) {
      int count = Math.min(block, to - n);
      for (int row = 0; row < m.rows(); row++) {
        outputs(row, n, count);
      }
    }
  }
}
