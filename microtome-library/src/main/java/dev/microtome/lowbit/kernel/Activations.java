package dev.microtome.lowbit.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rows of x as a [ForwardKernel] reads them: cut into blocks of a few rows; in a block, for each
/// column one number for each row, made smaller by what the codes of that column are too large.
///
/// @param x `[block][column][row]`
/// @param sums of each group, `[block][group][row]`
/// @param blocks rows of each block
@SuppressWarnings("ArrayRecordComponent") // never leaves the package, and copies would cost
record Activations(float[] x, float[] sums, int[] blocks) {

  /// @param source float32, row by row
  static Activations of(MemorySegment source, int rows, TileLayout layout) {
    int[] blocks = blocks(rows, ForwardCode.mostRows(Kernels.lanes(), layout));
    float[] x = new float[rows * layout.columns()];
    float[] sums = new float[rows * layout.groups()];
    float[] factors = layout.factors();
    float[] row = new float[layout.columns()];
    int first = 0;
    for (int block : blocks) {
      for (int r = 0; r < block; r++) {
        long from = 4L * (first + r) * row.length;
        MemorySegment.copy(source, ValueLayout.JAVA_FLOAT, from, row, 0, row.length);
        int sumsAt = first * layout.groups() + r;
        for (int g = 0; g < layout.groups(); g++) {
          sums[sumsAt + g * block] = sum(row, g * layout.group(), layout.group());
        }
        spread(row, factors, x, first * row.length + r, block);
      }
      first += block;
    }
    return new Activations(x, sums, blocks);
  }

  /// As equal as possible, none above `most`.
  static int[] blocks(int rows, int most) {
    int[] blocks = new int[Math.ceilDiv(rows, most)];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = rows / blocks.length + (i < rows % blocks.length ? 1 : 0);
    }
    return blocks;
  }

  /// Four sums side by side: one addition need not wait for the one before.
  static float sum(float[] row, int from, int count) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    for (int i = from; i < from + count; i += 4) {
      a += row[i];
      b += row[i + 1];
      c += row[i + 2];
      d += row[i + 3];
    }
    return a + b + (c + d);
  }

  private static void spread(float[] row, float[] factors, float[] x, int to, int step) {
    for (int chunk = 0; chunk < row.length; chunk += factors.length) {
      for (int i = 0; i < factors.length; i++) {
        x[to + (chunk + i) * step] = row[chunk + i] * factors[i];
      }
    }
  }
}
