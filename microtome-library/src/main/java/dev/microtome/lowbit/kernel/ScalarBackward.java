package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

/// The readable twin of [BackwardCode]. It has one lane, and needs no room for products.
record ScalarBackward(TileLayout layout, ScaleType scales, int rowsOfDy) implements BackwardKernel {
  @Override
  public void run(
      long words,
      long scale,
      long zero,
      long dy,
      long dyRow,
      long scaled,
      long acc,
      long zeros,
      int tiles,
      long tileWords,
      long tileScales,
      int groups,
      int chunks,
      long step,
      int one) {
    var reader = new ScalarTile(layout, scales, groups, chunks, step);
    int size = chunks * TileLayout.CHUNK;
    for (int tile = 0; tile < tiles; tile++) {
      for (int row = 0; row < TileLayout.TILE; row++) {
        for (int m = 0; m < rowsOfDy; m++) {
          float gradient =
              Memory.ALL.get(
                  JAVA_FLOAT_UNALIGNED, dy + m * dyRow + 4L * (tile * TileLayout.TILE + row));
          for (int g = 0; g < groups; g++) {
            float product = reader.number(scale + tile * tileScales, row, g) * gradient;
            float z = reader.number(zero + tile * tileScales, row, g);
            add(zeros + 4L * (g * rowsOfDy + m), z * product);
            for (int k = g * size; k < (g + 1) * size; k++) {
              float code = reader.code(words + tile * tileWords, row, k);
              add(acc + 4L * (k * rowsOfDy + m), code * product);
            }
          }
        }
      }
    }
  }

  private static void add(long at, float more) {
    float before = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at);
    Memory.ALL.set(JAVA_FLOAT_UNALIGNED, at, before + more);
  }
}
