package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Rows of x as bytes, each group of a row on a grid of its own that reaches from minus to plus its
/// largest number. A byte is 128 more than the number on the grid. The rows are cut into blocks,
/// and each block ends with a row of ones, whose products are the sums of codes.
///
/// @param bytes `[block][group][row][column]`, the columns of each chunk in the order of [Quads]
/// @param scales `[block][group][row]`
/// @param sums of a group's numbers on the grid, times their scale, likewise
@SuppressWarnings("ArrayRecordComponent") // never leaves the package, and copies would cost
record ByteActivations(MemorySegment bytes, float[] scales, float[] sums, int rows) {
  /// Rows of x in a block at most.
  static final int MOST = 64;

  private static final int MIDDLE = 128;
  private static final int LARGEST = 127;

  /// @param source float32, row by row
  static ByteActivations of(MemorySegment source, int rows, TileLayout layout, Arena arena) {
    int columns = layout.columns();
    int blocks = Math.ceilDiv(rows, MOST);
    var bytes = arena.allocate((long) (rows + blocks) * columns, 64);
    float[] scales = new float[rows * layout.groups()];
    float[] sums = new float[rows * layout.groups()];
    var grid = new Grid(layout, new float[columns], new byte[columns], new byte[columns]);
    for (int first = 0; first < rows; first += MOST) {
      int block = Math.min(MOST, rows - first);
      long to = (long) (first + first / MOST) * columns;
      for (int row = 0; row < block; row++) {
        MemorySegment.copy(source, JAVA_FLOAT, 4L * (first + row) * columns, grid.x, 0, columns);
        grid.round(scales, sums, first * layout.groups() + row, block);
        grid.hand(bytes, to, row, block);
      }
      for (int group = 0; group < layout.groups(); group++) {
        long ones = to + ((long) group * (block + 1) + block) * layout.group();
        bytes.asSlice(ones, layout.group()).fill((byte) 1);
      }
    }
    return new ByteActivations(bytes, scales, sums, rows);
  }

  /// Where one group of the block that begins with `row` is.
  long address(TileLayout layout, int row, int group) {
    long block = (long) (row + row / MOST) * layout.columns();
    long rows = Math.min(MOST, this.rows - row) + 1L;
    return bytes.address() + block + rows * group * layout.group();
  }

  /// One row on its way.
  private record Grid(TileLayout layout, float[] x, byte[] rounded, byte[] ordered) {
    void round(float[] scales, float[] sums, int to, int step) {
      int group = layout.group();
      for (int g = 0; g < layout.groups(); g++) {
        float largest = 0;
        for (int i = g * group; i < (g + 1) * group; i++) {
          largest = Math.max(largest, Math.abs(x[i]));
        }
        float scale = largest / LARGEST;
        float inverse = largest == 0 ? 0 : LARGEST / largest;
        int sum = 0;
        for (int i = g * group; i < (g + 1) * group; i++) {
          int number = (int) (x[i] * inverse + (MIDDLE + 0.5f));
          rounded[i] = (byte) number;
          sum += number;
        }
        scales[to + g * step] = scale;
        sums[to + g * step] = scale * (sum - MIDDLE * group);
      }
      order(Quads.order(layout));
    }

    private void order(int[] order) {
      for (int chunk = 0; chunk < rounded.length; chunk += order.length) {
        for (int i = 0; i < order.length; i++) {
          ordered[chunk + i] = rounded[chunk + order[i]];
        }
      }
    }

    void hand(MemorySegment bytes, long to, int row, int block) {
      int group = layout.group();
      for (int g = 0; g < layout.groups(); g++) {
        long at = to + ((long) g * (block + 1) + row) * group;
        MemorySegment.copy(ordered, g * group, bytes, JAVA_BYTE, at, group);
      }
    }
  }
}
