package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

/// The readable twin of [LookupCode].
record ScalarLookup(TileLayout layout, ScaleType scales, int rowsOfX) implements LookupKernel {
  @Override
  public void run(
      long words,
      long scale,
      long zero,
      long tables,
      float[] units,
      float[] sums,
      int from,
      long y,
      long yRow,
      int tiles,
      int groups,
      int chunks,
      long step,
      int one) {
    var tile = new ScalarTile(layout, scales, groups, chunks, step);
    float middle = LookupTables.middle(layout.bits());
    for (int row = 0; row < tiles * TileLayout.TILE; row++) {
      for (int g = 0; g < groups; g++) {
        for (int m = 0; m < rowsOfX; m++) {
          int sum = 0;
          for (int chunk = g * chunks; chunk < (g + 1) * chunks; chunk++) {
            sum += chunkSum(tile, words, tables, row, chunk, m);
          }
          float unit = units[from + g * rowsOfX + m];
          float offset = middle - tile.number(zero, row, g);
          float w = sum * unit + offset * sums[from + g * rowsOfX + m];
          long at = y + m * yRow + 4L * row;
          float before = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at);
          Memory.ALL.set(JAVA_FLOAT_UNALIGNED, at, before + tile.number(scale, row, g) * w);
        }
      }
    }
  }

  /// The table entries of 32 codes.
  private int chunkSum(ScalarTile tile, long words, long tables, int row, int chunk, int m) {
    int[] order = LookupTables.order(layout);
    int together = LookupTables.together(layout.bits());
    int sum = 0;
    for (int i = 0; i < order.length; i += together) {
      int index = 0;
      for (int j = 0; j < together; j++) {
        int column = chunk * TileLayout.CHUNK + order[i + j];
        index |= tile.plainCode(words, row, column) << (layout.bits() * j);
      }
      int half = i / together % 2;
      long lookup = (long) chunk * LookupTables.inChunk(layout.bits()) + i / together / 2;
      long table = tables + LookupTables.BYTES * (lookup * rowsOfX + m);
      sum += Memory.ALL.get(JAVA_SHORT_UNALIGNED, table + 2L * (2 * index + half));
    }
    return sum;
  }
}
