package dev.microtome.tensor.kernel;

import static dev.microtome.tensor.kernel.Memory.ALL;
import static dev.microtome.tensor.kernel.Memory.VECTOR;

/// Products where the outputs are neighbours: each input adds its number times a line of the
/// matrix. A part is some of the lines, whole, because pieces of lines are read far slower; their
/// sums are added at the end, always in the same order.
abstract sealed class LineSums implements Product permits FloatSums, Bfloat16Sums {
  private static final int PARTS = 8;

  final MatVec m;
  final long scratch; // what the format asked for
  private final long row; // bytes of the sums of one row
  private final long size; // bytes of the sums of one part
  private final long sums; // parts × rows × outputs

  /// @param bytes of scratch the format needs beside the sums
  LineSums(MatVec m, long bytes) {
    this.m = m;
    row = 4L * m.outputs();
    size = row * m.rows();
    scratch = Scratch.of(bytes + PARTS * size);
    sums = scratch + bytes;
  }

  /// Adds the products of row `row` of x with [MatVec#MULTIPLE] lines from line `k` on.
  abstract void add(int row, int k, long sums);

  /// Writes row `row` of the outputs from their sums, with the bias.
  abstract void write(int row, long sums);

  @Override
  public final int parts(int threads) {
    return Math.min(PARTS, m.inputs() / MatVec.MULTIPLE);
  }

  @Override
  public final void part(int part, int parts) {
    long mine = sums + part * size;
    ALL.asSlice(mine, size).fill((byte) 0);
    int end = MatVec.edge(m.inputs(), part + 1, parts);
    for (int k = MatVec.edge(m.inputs(), part, parts); k < end; k += MatVec.MULTIPLE) {
      for (int r = 0; r < m.rows(); r++) { // these lines are in the cache for all rows
        add(r, k, mine + row * r);
      }
    }
  }

  @Override
  public final void finish() {
    int parts = parts(1);
    for (int part = 1; part < parts; part++) {
      Memory.add(sums + part * size, sums, size, VECTOR);
    }
    for (int r = 0; r < m.rows(); r++) {
      write(r, sums + row * r);
    }
  }
}
