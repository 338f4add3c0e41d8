package dev.microtome.lowbit.kernel;

import java.lang.foreign.Arena;

/// Runs a kernel on a few numbers until HotSpot has compiled it. On a large weight that would take
/// seconds: HotSpot counts calls, and a call there is long.
final class WarmUp {
  private static final int MOST_CALLS = 1000;
  private static final int EMPTY_CALLS = 500; // for each with work
  private static final int FAST_CALLS = 5;
  private static final long FAST = 10_000; // ns; interpreted, a call takes ten times as long
  private static final int GROUP = 64;
  private static final int LARGE = 1 << 19;

  private WarmUp() {}

  /// Whether a weight has so many numbers that warming up pays with the first product.
  static boolean paysFor(TileLayout layout) {
    return (long) layout.rows() * layout.columns() >= LARGE;
  }

  /// A kernel on a few numbers.
  private interface Call {
    /// @param count tiles, groups or whatever the outermost loop runs over; none at 0
    void run(int count);
  }

  /// Interpreted, a call with work takes a fraction of a millisecond and one without next to none.
  /// HotSpot wants thousands of calls, but only a few with work to see what the branches do.
  private static void untilFast(int count, Call call) {
    int fast = 0;
    for (int i = 0; i < MOST_CALLS && fast < FAST_CALLS; i++) {
      long start = System.nanoTime();
      call.run(count);
      fast = System.nanoTime() - start < FAST ? fast + 1 : 0;
      for (int empty = 0; empty < EMPTY_CALLS; empty++) {
        call.run(0);
      }
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
      untilFast(
          1,
          tiles ->
              kernel.run(
                  tiny.words,
                  tiny.scale,
                  tiny.scale,
                  x,
                  x,
                  0,
                  0,
                  y,
                  yRow,
                  tiles,
                  1,
                  chunks,
                  yRow,
                  1));
    }
  }

  static void backward(BackwardKernel kernel, int bits, ScaleType scales, int rows) {
    try (var arena = Arena.ofConfined()) {
      var tiny = Tiny.of(bits, scales, arena);
      long row = 4L * TileLayout.TILE;
      long dy = tiny.floats(TileLayout.TILE * rows);
      long sums = tiny.floats(Kernels.lanes() * GROUP * rows);
      long zeros = tiny.floats(Kernels.lanes() * rows);
      long scaled = tiny.floats(TileLayout.TILE * rows);
      int chunks = tiny.layout.chunks();
      long words = tiny.layout.groupBytes();
      untilFast(
          1,
          groups ->
              kernel.run(
                  tiny.words,
                  tiny.scale,
                  tiny.scale,
                  dy,
                  row,
                  scaled,
                  sums,
                  zeros,
                  1,
                  words,
                  scales.groupBytes(),
                  groups,
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
          1,
          groups ->
              kernel.run(
                  tiny.words, tiny.scale, tiny.scale, out, column, groups, chunks, column, 1));
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
      untilFast(
          1,
          tiles ->
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
                  tiles,
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
      untilFast(lookups, some -> kernel.run(x, tables, LookupTables.BYTES, patterns, some, 1));
    }
  }

  static void laneSums(LaneSums kernel) {
    try (var arena = Arena.ofConfined()) {
      int chunks = GROUP / TileLayout.CHUNK;
      int blocks = GROUP / Kernels.lanes() + 1;
      long step = 4L * Kernels.lanes();
      long vectors = arena.allocate(step * step / 4 * blocks + LaneSums.BEYOND, 64).address();
      long sums = arena.allocate(step * blocks, 64).address();
      long zeros = sums + 4L * GROUP;
      long factors = arena.allocate(4L * TileLayout.CHUNK, 64).address();
      long dx = arena.allocate(4L * GROUP, 64).address();
      untilFast(
          1,
          groups ->
              kernel.run(
                  vectors, step, sums, zeros, factors, dx, groups * blocks, groups, chunks, 1));
    }
  }

  static void panel(PanelKernel kernel, int rows, int vectors) {
    try (var arena = Arena.ofConfined()) {
      int count = 32;
      long row = 4L * vectors * Kernels.lanes();
      long s = arena.allocate(4L * count * rows, 64).address();
      long v = arena.allocate(row * count, 64).address();
      long c = arena.allocate(row * rows, 64).address();
      untilFast(count, some -> kernel.run(s, 4L * count, v, row, c, row, some, 1));
    }
  }

  static void integerSums(IntegerSumsKernel kernel) {
    try (var arena = Arena.ofConfined()) {
      int rows = 4;
      long row = 4L * TileLayout.TILE;
      long sums = arena.allocate(row * (rows + 1), 64).address();
      long scales = arena.allocate(row, 64).address();
      float[] x = new float[rows];
      long y = arena.allocate(row * rows, 64).address();
      untilFast(1, groups -> kernel.run(sums, scales, scales, x, x, 0, y, rows, groups, 1));
    }
  }
}
