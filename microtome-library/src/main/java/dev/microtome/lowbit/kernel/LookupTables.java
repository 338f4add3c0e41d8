package dev.microtome.lowbit.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The tables a [LookupKernel] reads, for some rows of x: for each lookup 32 numbers of 16 bits, at
/// `2 codes + half` the product of those codes, counted from the middle, with the columns of x they
/// belong to.
///
/// @param tables `[block][lookup][row]`, 64 bytes each
/// @param units what 1 is worth, `[block][group][row]`
/// @param sums of x over a group, `[block][group][row]`
/// @param blocks rows of each block
@SuppressWarnings("ArrayRecordComponent") // never leaves the package, and copies would cost
record LookupTables(MemorySegment tables, float[] units, float[] sums, int[] blocks) {
  static final long BYTES = 64;
  static final int INDEX_BITS = 4;
  static final int IN_WORD = 4;
  private static final int MOST_ROWS = 4;
  private static final int MOST_BITS = 2;
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(() -> MemorySegment.NULL);

  /// Whether there are lookup kernels for codes of so many bits here. With more bits a lookup
  /// replaces too few multiplications.
  static boolean available(int bits) {
    return Kernels.lanes() == 16 && bits <= MOST_BITS;
  }

  /// Codes that are looked up together, from one half of a word: four bits of them.
  static int together(int bits) {
    return INDEX_BITS / bits;
  }

  /// What codes count from.
  static float middle(int bits) {
    return ((1 << bits) - 1) / 2f;
  }

  /// Lookups in 32 columns.
  static int inChunk(int bits) {
    return IN_WORD * bits;
  }

  /// The columns of a chunk as the lookups meet them: those of the lower half, then those of the
  /// upper, for each lookup.
  static int[] order(TileLayout layout) {
    int together = together(layout.bits());
    int half = layout.fields() / 2;
    int[] order = new int[TileLayout.CHUNK];
    int at = 0;
    for (int word = 0; word < TileLayout.CHUNK; word += layout.fields()) {
      for (int lookup = 0; lookup < half; lookup += together) {
        for (int i = 0; i < 2 * together; i++) {
          order[at++] = word + lookup + i % together + (i < together ? 0 : half);
        }
      }
    }
    return order;
  }

  /// @param source float32, row by row
  static LookupTables of(MemorySegment source, int rows, TileLayout layout) {
    int[] blocks = Activations.blocks(rows, MOST_ROWS);
    int lookups = layout.columns() / TileLayout.CHUNK * inChunk(layout.bits());
    MemorySegment tables = scratch(BYTES * lookups * rows);
    var made =
        new LookupTables(
            tables, new float[rows * layout.groups()], new float[rows * layout.groups()], blocks);
    LookupTableKernel kernel = Kernels.lookupTables(layout);
    float[] row = new float[layout.columns()];
    float[] stream = new float[layout.columns()];
    int first = 0;
    for (int block : blocks) {
      for (int r = 0; r < block; r++) {
        long from = 4L * (first + r) * row.length;
        MemorySegment.copy(source, ValueLayout.JAVA_FLOAT, from, row, 0, row.length);
        made.scale(row, stream, layout, first * layout.groups() + r, block);
        long to = tables.address() + BYTES * ((long) first * lookups + r);
        kernel.run(stream, to, BYTES * block, patterns(layout.bits()), lookups, 1);
      }
      first += block;
    }
    return made;
  }

  /// `row` in the order of the lookups, as large as 16-bit sums over a group allow.
  private void scale(float[] row, float[] stream, TileLayout layout, int at, int step) {
    int[] order = order(layout);
    for (int chunk = 0; chunk < row.length; chunk += order.length) {
      for (int i = 0; i < order.length; i++) {
        stream[chunk + i] = row[chunk + order[i]];
      }
    }
    int lookups = layout.chunks() * inChunk(layout.bits());
    for (int g = 0; g < layout.groups(); g++) {
      int first = g * layout.group();
      int end = first + layout.group();
      float largest = largest(stream, first, end, together(layout.bits())) * middle(layout.bits());
      // Each lookup rounds by at most a half.
      float factor = largest > 0 ? (Short.MAX_VALUE - lookups) / largest : 0;
      sums[at + g * step] = Activations.sum(row, first, layout.group());
      units[at + g * step] = factor > 0 ? 1 / factor : 0;
      for (int i = first; i < end; i++) {
        stream[i] *= factor;
      }
    }
  }

  /// The sum of sizes of the half of a group where that is larger; `together` numbers of one half
  /// follow as many of the other.
  private static float largest(float[] stream, int from, int to, int together) {
    float lower = 0;
    float upper = 0;
    for (int i = from; i < to; i += 2 * together) {
      for (int j = i; j < i + together; j++) {
        lower += Math.abs(stream[j]);
        upper += Math.abs(stream[j + together]);
      }
    }
    return Math.max(lower, upper);
  }

  /// Address of the values of the codes of a lookup at each index.
  static long patterns(int bits) {
    return Patterns.ALL.address() + 4L * 16 * 4 * bits;
  }

  private static MemorySegment scratch(long bytes) {
    MemorySegment known = SCRATCH.get();
    if (known.byteSize() < bytes) {
      known = Arena.ofAuto().allocate(bytes, BYTES);
      SCRATCH.set(known);
    }
    return known;
  }

  /// For each number of bits: for each code of a lookup, its value at each of 16 indices.
  private static final class Patterns {
    private static final MemorySegment ALL = make();

    private static MemorySegment make() {
      MemorySegment all = Arena.global().allocate(4L * 16 * 4 * (MOST_BITS + 1), BYTES);
      for (int bits = 1; bits <= MOST_BITS; bits++) {
        for (int i = 0; i < together(bits); i++) {
          for (int index = 0; index < 16; index++) {
            float value = ((index >> (bits * i)) & ((1 << bits) - 1)) - middle(bits);
            all.setAtIndex(ValueLayout.JAVA_FLOAT, (4L * bits + i) * 16 + index, value);
          }
        }
      }
      return all;
    }
  }
}
