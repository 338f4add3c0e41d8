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
  private final int[] masks;
  private final int[] words;
  private final int[] values;

  /// @param vectors how many vectors of rows are read together
  CodeReader(VectorCode code, TileLayout layout, int vectors, int lanes) {
    this.code = code;
    this.layout = layout;
    this.lanes = lanes;
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
    code.times(layout.bits(), weight.one(), () -> word(weight, column, advance));
    if (layout.wholeCodes() < TileLayout.CHUNK) {
      if (layout.bits() == 6) {
        extrasInPairs(start, column);
      } else {
        extras(start, column);
      }
      advance.accept(TileLayout.CHUNK - layout.wholeCodes());
    }
  }

  private void word(WeightCursor weight, Column column, IntConsumer advance) {
    for (int v = 0; v < words.length; v++) {
      code.read(INT, weight.words(), 4L * v * lanes).store(words[v]);
    }
    int shifts = layout.fields() / layout.fieldsInPlace();
    if (shifts == 1) {
      fields(column, advance);
    } else {
      code.times(
          shifts,
          weight.one(),
          () -> {
            fields(column, advance);
            for (int word : words) {
              code.load(word).shiftRight(INT, layout.shift()).store(word);
            }
          });
    }
    weight.nextWord();
  }

  private void fields(Column column, IntConsumer advance) {
    for (int field = 0; field < masks.length; field++) {
      for (int v = 0; v < words.length; v++) {
        code.load(words[v]).load(masks[field]).and().toFloats().store(values[v]);
      }
      column.take(field, layout.bits() * field);
    }
    advance.accept(masks.length);
  }

  /// The last two codes of a chunk, of which each word has a bit in the middle and one at the top:
  /// put together the first has the place of the last field, the second lies below the top.
  private void extras(int chunk, Column column) {
    int bits = layout.bits();
    for (int v = 0; v < words.length; v++) {
      for (int j = 0; j < bits; j++) {
        code.read(INT, chunk, wordBytes(j) + 4L * v * lanes).bits(0x80008000).and();
        code.shiftRight(INT, bits - j);
        if (j > 0) {
          code.or();
        }
      }
      code.store(words[v]);
    }
    int last = masks.length - 1;
    for (int v = 0; v < words.length; v++) {
      code.load(words[v]).load(masks[last]).and().toFloats().store(values[v]);
    }
    column.take(0, bits * last);
    for (int v = 0; v < words.length; v++) {
      code.load(words[v]).shiftRight(INT, 31 - bits).toFloats().store(values[v]);
    }
    column.take(1, 0);
  }

  /// The last two codes of a chunk of 6 bits, of which three words each have two bits.
  private void extrasInPairs(int chunk, Column column) {
    for (int extra = 0; extra < 2; extra++) {
      for (int v = 0; v < words.length; v++) {
        for (int pair = 0; pair < 3; pair++) {
          code.read(INT, chunk, wordBytes(3 * extra + pair) + 4L * v * lanes).shiftRight(INT, 30);
          if (pair > 0) {
            code.shiftLeft(INT, 2 * pair).or();
          }
        }
        code.toFloats().store(values[v]);
      }
      column.take(extra, 0);
    }
  }

  private static long wordBytes(int word) {
    return 4L * TileLayout.TILE * word;
  }
}
