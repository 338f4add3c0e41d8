package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

/// The readable twin of [ForwardCode]: the same sums, one number after the other.
record ScalarForward(TileLayout layout, ScaleType scales, int rowsOfX) implements ForwardKernel {
  @Override
  public void run(
      long words,
      long scale,
      long zero,
      float[] x,
      float[] sums,
      int xFrom,
      int sumsFrom,
      long y,
      long yRow,
      int tiles,
      int groups,
      int chunks,
      long step,
      int one) {
    var tile = new ScalarTile(layout, scales, groups, chunks, step);
    for (int row = 0; row < tiles * TileLayout.TILE; row++) {
      for (int g = 0; g < groups; g++) {
        float s = tile.number(scale, row, g);
        float z = tile.number(zero, row, g);
        for (int m = 0; m < rowsOfX; m++) {
          float sum = 0;
          for (int k = 0; k < chunks * TileLayout.CHUNK; k++) {
            int column = g * chunks * TileLayout.CHUNK + k;
            float code = tile.code(words, row, column);
            sum += code * x[xFrom + column * rowsOfX + m];
          }
          long at = y + m * yRow + 4L * row;
          float before = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at);
          float now = before + s * (sum - z * sums[sumsFrom + g * rowsOfX + m]);
          Memory.ALL.set(JAVA_FLOAT_UNALIGNED, at, now);
        }
      }
    }
  }
}
