package dev.microtome.lowbit.kernel;

import java.lang.foreign.Arena;

/// Runs a kernel on a few numbers until HotSpot has compiled it. On a large weight that would take
/// seconds: HotSpot counts calls, and a call there is long.
final class WarmUp {
  private static final int MOST_CALLS = 4000;
  private static final int FAST_CALLS = 5;
  private static final long FAST = 10_000; // ns; interpreted, a call takes ten times as long
  private static final int GROUP = 64;
  private static final int LARGE = 1 << 19;

  private WarmUp() {}

  /// Whether a weight has so many numbers that warming up pays with the first product.
  static boolean paysFor(TileLayout layout) {
    return (long) layout.rows() * layout.columns() >= LARGE;
  }

  private static void untilFast(Runnable call) {
    int fast = 0;
    for (int i = 0; i < MOST_CALLS && fast < FAST_CALLS; i++) {
      long start = System.nanoTime();
      call.run();
      fast = System.nanoTime() - start < FAST ? fast + 1 : 0;
    }
  }

  /// One tile of one group, zeros all of them.
  private record Tiny(TileLayout layout, long words, long scale, Arena arena) {
    static Tiny of(int bits, ScaleType scales, Arena arena) {
      var layout = new TileLayout(TileLayout.TILE, GROUP, bits, GROUP);
      return new Tiny(
          layout,
          arena.allocate(layout.groupBytes(), 64).address(),
          arena.allocate(scales.groupBytes(), 64).address(),
          arena);
    }

    long floats(int count) {
      return arena.allocate(4L * count, 64).address();
    }
  }

  static void forward(ForwardKernel kernel, int bits, ScaleType scales, int rows) {
    try (var arena = Arena.ofConfined()) {
      var tiny = Tiny.of(bits, scales, arena);
      float[] x = new float[GROUP * rows];
      long y = tiny.floats(TileLayout.TILE * rows);
      long yRow = 4L * TileLayout.TILE;
      int chunks = tiny.layout.chunks();
      untilFast(() ->
          kernel.run(
              tiny.words, tiny.scale, tiny.scale, x, x, 0, 0, y, yRow, 1, 1, chunks, yRow, 1));
    }
  }

  static void backward(BackwardKernel kernel, int bits, ScaleType scales, int rows) {
    try (var arena = Arena.ofConfined()) {
      var tiny = Tiny.of(bits, scales, arena);
      long row = 4L * TileLayout.TILE;
      long dy = tiny.floats(TileLayout.TILE * rows);
      long sums = tiny.floats(Kernels.lanes() * GROUP * rows);
      long zeros = tiny.floats(Kernels.lanes() * rows);
      int chunks = tiny.layout.chunks();
      long words = tiny.layout.groupBytes();
      untilFast(() ->
          kernel.run(
              tiny.words,
              tiny.scale,
              tiny.scale,
              dy,
              row,
              sums,
              zeros,
              1,
              words,
              scales.groupBytes(),
              1,
              chunks,
              row,
              1));
    }
  }

  static void dequantize(DequantizeKernel kernel, int bits, ScaleType scales) {
    try (var arena = Arena.ofConfined()) {
      var tiny = Tiny.of(bits, scales, arena);
      long column = 4L * TileLayout.TILE;
      long out = tiny.floats(TileLayout.TILE * GROUP);
      int chunks = tiny.layout.chunks();
      untilFast(
          () -> kernel.run(tiny.words, tiny.scale, tiny.scale, out, column, 1, chunks, column, 1));
    }
  }

  static void lookup(LookupKernel kernel, int bits, ScaleType scales, int rows) {
    try (var arena = Arena.ofConfined()) {
      var tiny = Tiny.of(bits, scales, arena);
      int chunks = tiny.layout.chunks();
      int lookups = chunks * LookupTables.inChunk(bits);
      long tables = arena.allocate(LookupTables.BYTES * lookups * rows, 64).address();
      float[] ofGroup = new float[rows];
      long y = tiny.floats(TileLayout.TILE * rows);
      long row = 4L * TileLayout.TILE;
      untilFast(() ->
          kernel.run(
              tiny.words,
              tiny.scale,
              tiny.scale,
              tables,
              ofGroup,
              ofGroup,
              0,
              y,
              row,
              1,
              1,
              chunks,
              row,
              1));
    }
  }

  static void lookupTables(LookupTableKernel kernel, int bits) {
    try (var arena = Arena.ofConfined()) {
      int lookups = 16;
      long tables = arena.allocate(LookupTables.BYTES * lookups, 64).address();
      float[] x = new float[2 * LookupTables.together(bits) * lookups];
      long patterns = LookupTables.patterns(bits);
      untilFast(() -> kernel.run(x, tables, LookupTables.BYTES, patterns, lookups, 1));
    }
  }

  static void laneSums(LaneSums kernel) {
    try (var arena = Arena.ofConfined()) {
      int count = 16;
      long vectors = arena.allocate(4L * Kernels.lanes() * count + LaneSums.BEYOND, 64).address();
      long quarters = arena.allocate(16L * count + LaneSums.BEYOND, 64).address();
      untilFast(() -> kernel.run(vectors, quarters, count, 1));
    }
  }

  static void panel(PanelKernel kernel, int rows, int vectors) {
    try (var arena = Arena.ofConfined()) {
      int count = 32;
      long row = 4L * vectors * Kernels.lanes();
      long s = arena.allocate(4L * count * rows, 64).address();
      long v = arena.allocate(row * count, 64).address();
      long c = arena.allocate(row * rows, 64).address();
      untilFast(() -> kernel.run(s, 4L * count, v, row, c, row, count, 1));
    }
  }
}
