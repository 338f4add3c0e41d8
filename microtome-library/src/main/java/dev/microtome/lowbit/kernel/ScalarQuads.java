package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/// The readable twin of [QuadCode].
record ScalarQuads(TileLayout layout) implements DequantizeKernel {
  @Override
  public void run(
      long words,
      long scale,
      long zero,
      long out,
      long quad,
      int groups,
      int chunks,
      long step,
      int one) {
    var tile = new ScalarTile(layout, ScaleType.FLOAT32, groups, chunks, step);
    int[] order = Quads.order(layout);
    for (int row = 0; row < TileLayout.TILE; row++) {
      for (int i = 0; i < groups * chunks * TileLayout.CHUNK; i++) {
        int column = i / TileLayout.CHUNK * TileLayout.CHUNK + order[i % TileLayout.CHUNK];
        byte code = (byte) (tile.plainCode(words, row, column) - Quads.below(layout));
        Memory.ALL.set(JAVA_BYTE, out + i / 4 * quad + 4L * row + i % 4, code);
      }
    }
  }
}
