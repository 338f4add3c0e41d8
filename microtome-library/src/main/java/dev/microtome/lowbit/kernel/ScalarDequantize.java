package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

/// The readable twin of [DequantizeCode].
record ScalarDequantize(TileLayout layout, ScaleType scales, PieceForm form)
    implements DequantizeKernel {
  @Override
  public void run(
      long words,
      long scale,
      long zero,
      long out,
      long column,
      int groups,
      int chunks,
      long step,
      int one) {
    var tile = new ScalarTile(layout, scales, groups, chunks, step);
    int size = chunks * TileLayout.CHUNK;
    for (int row = 0; row < TileLayout.TILE; row++) {
      for (int k = 0; k < groups * size; k++) {
        float s = Math.scalb(tile.number(scale, row, k / size), -layout.places(k % 32));
        float offset = -tile.number(scale, row, k / size) * tile.number(zero, row, k / size);
        float number = Math.fma(tile.code(words, row, k), s, offset);
        short rounded = (short) ((Float.floatToRawIntBits(number) + 0x8000) >>> 16);
        switch (form) {
          case NUMBERS -> Memory.ALL.set(JAVA_FLOAT_UNALIGNED, out + k * column + 4L * row, number);
          case ROW_PAIRS -> {
            int place = ScaleType.BFLOAT16.place(row);
            Memory.ALL.set(JAVA_SHORT_UNALIGNED, out + k * column + 2L * place, rounded);
          }
          case COLUMN_PAIRS -> {
            long pair = out + k / 2 * column;
            Memory.ALL.set(JAVA_SHORT_UNALIGNED, pair + 4L * row + 2L * (k % 2), rounded);
          }
          case CODES -> throw new IllegalStateException("codes are no numbers");
        }
      }
    }
  }
}
