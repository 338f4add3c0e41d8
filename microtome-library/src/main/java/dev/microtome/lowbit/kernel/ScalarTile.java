package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

/// Reads single numbers of a weight's memory, for the scalar twins.
record ScalarTile(TileLayout layout, ScaleType scales, int groups, int chunks, long step) {

  /// The scale (or zero) of a row, counted from the tile at address `from`.
  float number(long from, int row, int group) {
    long first =
        from + (long) scales.groupBytes() * (row / TileLayout.TILE * (long) groups + group);
    long at = first + scales.bytes(scales.place(row % TileLayout.TILE));
    return switch (scales) {
      case FLOAT32 -> Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at);
      case BFLOAT16 -> Float.intBitsToFloat(Memory.ALL.get(JAVA_SHORT_UNALIGNED, at) << 16);
      case FLOAT16 -> Float.float16ToFloat(Memory.ALL.get(JAVA_SHORT_UNALIGNED, at));
    };
  }

  /// A code as the kernels have it: `2^places` times too large.
  float code(long from, int row, int column) {
    int places = layout.places(column % TileLayout.CHUNK);
    return Math.scalb((float) plainCode(from, row, column), places);
  }

  int plainCode(long from, int row, int column) {
    int[] words = new int[layout.bits()];
    long chunk = row / TileLayout.TILE * (long) groups * chunks + column / TileLayout.CHUNK;
    for (int j = 0; j < words.length; j++) {
      long at = from + step * (chunk * words.length + j) + 4L * (row % TileLayout.TILE);
      words[j] = Memory.ALL.get(JAVA_INT_UNALIGNED, at);
    }
    return layout.code(words, column % TileLayout.CHUNK);
  }
}
