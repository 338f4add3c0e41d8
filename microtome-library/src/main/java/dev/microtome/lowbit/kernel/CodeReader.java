package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;

import java.util.function.IntConsumer;

/// Writes the instructions that take codes out of words and make them floats, 32 columns at a time;
/// what is done with them is given by the kernel.
///
/// A code is masked out of its word where it stands and converted, which is exact: in field j it is
/// `2^(bits j)` times too large ([TileLayout#places]), and the kernel makes the other factor so
/// much smaller. After a few fields the word is shifted down.
final class CodeReader {
  /// What happens with one column.
  interface Column {
    /// Now [#values] holds the codes of column `offset` after the current one, times `2^places`.
    void take(int offset, int places);
  }

  private final VectorCode code;
  private final TileLayout layout;
  private final int lanes;
  private final boolean inPairs;
  private final int[] masks;
  private final int[] words;
  private final int[] values;

  /// @param vectors how many vectors of rows are read together
  CodeReader(VectorCode code, TileLayout layout, int vectors, int lanes) {
    this(code, layout, vectors, lanes, false);
  }

  /// @param inPairs whether every loop turns over an even number of columns
  CodeReader(VectorCode code, TileLayout layout, int vectors, int lanes, boolean inPairs) {
    this.code = code;
    this.layout = layout;
    this.lanes = lanes;
    this.inPairs = inPairs;
    masks = code.vectors(layout.fieldsInPlace());
    words = code.vectors(vectors);
    values = code.vectors(vectors);
    for (int field = 0; field < masks.length; field++) {
      code.bits(((1 << layout.bits()) - 1) << (layout.bits() * field)).store(masks[field]);
    }
  }

  /// Codes of one column, a vector for each vector of rows.
  int[] values() {
    return values;
  }

  /// Reads the columns of one group from where `weight` stands and moves it on past its words.
  /// `advance` is called with the number of columns that are done.
  void group(WeightCursor weight, Column column, IntConsumer advance) {
    weight.overChunks(() -> chunk(weight, column, advance));
  }

  private void chunk(WeightCursor weight, Column column, IntConsumer advance) {
    int start = code.longLocal();
    code.raw().lload(weight.words()).lstore(start);
    int together = inPairs && layout.fields() % 2 == 1 ? 2 : 1;
    code.times(
        layout.bits() / together,
        weight.one(),
        () -> {
          for (int i = 0; i < together; i++) {
            word(weight, column, advance);
          }
        });
    int extras = TileLayout.CHUNK - layout.wholeCodes();
    for (int v = 0; extras > 0 && v < words.length; v++) {
      readExtras(start, 4L * v * lanes);
      code.store(words[v]);
    }
    for (int extra = 0; extra < extras; extra++) {
      for (int v = 0; v < words.length; v++) {
        extra(words[v], extra);
        code.store(values[v]);
      }
      column.take(extra, layout.places(layout.wholeCodes() + extra));
    }
    if (extras > 0) {
      advance.accept(extras);
    }
  }

  private void word(WeightCursor weight, Column column, IntConsumer advance) {
    for (int v = 0; v < words.length; v++) {
      code.read(INT, weight.words(), 4L * v * lanes).store(words[v]);
    }
    int shifts = layout.fields() / layout.fieldsInPlace();
    boolean unrolled = shifts == 1 || (inPairs && layout.fieldsInPlace() % 2 == 1);
    Runnable part =
        () -> {
          fields(column, advance);
          for (int word : words) {
            code.load(word).shiftRight(INT, layout.shift()).store(word);
          }
        };
    for (int i = 1; unrolled && i < shifts; i++) {
      part.run();
    }
    if (unrolled) {
      fields(column, advance);
    } else {
      // Not written out one after the other: HotSpot would keep too much in registers
      code.times(shifts, weight.one(), part);
    }
    weight.nextWord();
  }

  private void fields(Column column, IntConsumer advance) {
    for (int field = 0; field < masks.length; field++) {
      for (int v = 0; v < words.length; v++) {
        field(words[v], field);
        code.store(values[v]);
      }
      column.take(field, layout.bits() * field);
    }
    advance.accept(masks.length);
  }

  /// Pushes the codes in `field` of the words in a local.
  void field(int word, int field) {
    code.load(word).load(masks[field]).and().toFloats();
  }

  /// Pushes what [#extra] takes the last two codes of a chunk from; its first word is at the
  /// address in local `chunk` plus `offset`.
  ///
  /// Each word has a bit of them in the middle and one at the top. Put together the first code has
  /// the place of the last field, and the second lies below the top.
  void readExtras(int chunk, long offset) {
    int bits = layout.bits();
    int count = bits == 6 ? 3 : bits;
    for (int j = 0; j < count; j++) {
      if (bits == 6) {
        // Three words with two bits of the first code, three with two of the second
        code.read(INT, chunk, offset + wordBytes(j)).shiftRight(INT, 30).shiftLeft(INT, 2 * j);
        code.read(INT, chunk, offset + wordBytes(3 + j)).shiftRight(INT, 30);
        code.shiftLeft(INT, 2 * j + 6).or();
      } else {
        code.read(INT, chunk, offset + wordBytes(j)).bits(0x80008000).and();
        code.shiftRight(INT, bits - j);
      }
      if (j > 0) {
        code.or();
      }
    }
  }

  /// Pushes one of the last two codes of a chunk, from what [#readExtras] pushed.
  void extra(int extras, int extra) {
    int second = layout.bits() == 6 ? 6 : 31 - layout.bits();
    if (extra == 0) {
      field(extras, layout.bits() == 6 ? 0 : masks.length - 1);
    } else {
      code.load(extras).shiftRight(INT, second).toFloats();
    }
  }

  static long wordBytes(int word) {
    return 4L * TileLayout.TILE * word;
  }
}
