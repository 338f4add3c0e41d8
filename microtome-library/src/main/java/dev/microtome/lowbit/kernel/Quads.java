package dev.microtome.lowbit.kernel;

/// The order in which codes become bytes: four of a row side by side, out of a chunk of 32 columns.
/// It is chosen so that as many of the four as possible stand in their word as far apart as their
/// bytes, and one shift and one mask take them out together. What the codes are multiplied by
/// follows the same order.
final class Quads {
  private final TileLayout layout;
  private final int[] columns = new int[TileLayout.CHUNK];
  private int filled;

  private Quads(TileLayout layout) {
    this.layout = layout;
  }

  /// What a byte is less than its code: bytes have a sign.
  static int below(TileLayout layout) {
    return layout.bits() == 8 ? 128 : 0;
  }

  /// The columns of a chunk in the order of their bytes.
  static int[] order(TileLayout layout) {
    var quads = new Quads(layout);
    int fields = layout.fields();
    int half = fields / 2;
    for (int word = 0; word < layout.bits(); word++) {
      int at = word * fields;
      switch (layout.bits()) {
        case 3, 5 -> {
          for (int i = 0; i + 1 < half; i += 2) {
            quads.put(at + i, at + i + 1, at + half + i, at + half + i + 1);
          }
        }
        case 6 -> quads.put(at, at + 1, at + 2, at + 3);
        default -> {
          for (int i = 0; i < fields / 4; i++) {
            quads.put(at + i, at + fields / 4 + i, at + half + i, at + half + fields / 4 + i);
          }
        }
      }
    }
    quads.putRest(fields, half);
    return quads.columns;
  }

  /// Of each word the last field of each half (with 6 bits, the last), then the last two columns,
  /// which are whole in none.
  private void putRest(int fields, int half) {
    int last = layout.wholeCodes();
    switch (layout.bits()) {
      case 3 -> {
        put(half - 1, fields + half - 1, fields - 1, 2 * fields - 1);
        put(2 * fields + half - 1, last, 3 * fields - 1, last + 1);
      }
      case 5 -> {
        for (int word = 0; word < 4; word += 2) {
          int at = word * fields;
          put(at + half - 1, at + fields + half - 1, at + fields - 1, at + 2 * fields - 1);
        }
        put(4 * fields + half - 1, last, 5 * fields - 1, last + 1);
      }
      case 6 -> {
        put(fields - 1, 2 * fields - 1, 3 * fields - 1, 4 * fields - 1);
        put(5 * fields - 1, 6 * fields - 1, last, last + 1);
      }
      default -> {}
    }
  }

  private void put(int... four) {
    for (int column : four) {
      columns[filled++] = column;
    }
  }
}
