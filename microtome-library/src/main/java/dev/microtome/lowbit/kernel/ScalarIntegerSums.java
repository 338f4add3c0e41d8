package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

/// The readable twin of [IntegerSumsCode].
record ScalarIntegerSums(TileLayout layout, ScaleType type) implements IntegerSumsKernel {
  @Override
  public void run(
      long sums,
      long scale,
      long zero,
      float[] scales,
      float[] scaled,
      int from,
      long y,
      int rows,
      int groups,
      int one) {
    var tile = new ScalarTile(layout, type, groups, layout.chunks(), 0);
    for (int g = 0; g < groups; g++) {
      long ofGroup = sums + 4L * TileLayout.TILE * (rows + 1) * g;
      for (int row = 0; row < rows; row++) {
        int x = from + g * rows + row;
        for (int r = 0; r < TileLayout.TILE; r++) {
          int codes = number(ofGroup, rows, r);
          int sum = number(ofGroup, row, r);
          float s = tile.number(scale, r, g);
          float z = tile.number(zero, r, g) - Quads.below(layout);
          float product = (sum - 128f * codes) * s * scales[x] - s * z * scaled[x];
          long at = y + 4L * (row * TileLayout.TILE + r);
          float before = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at);
          Memory.ALL.set(JAVA_FLOAT_UNALIGNED, at, before + product);
        }
      }
    }
  }

  private static int number(long sums, int row, int r) {
    return Memory.ALL.get(JAVA_INT_UNALIGNED, sums + 4L * (row * TileLayout.TILE + r));
  }
}
