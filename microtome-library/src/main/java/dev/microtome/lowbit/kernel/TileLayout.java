package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.Shape;

/// How the codes of a weight lie in memory for the kernels.
///
/// 64 rows (outputs) are a tile. In a tile the words of all rows for the same columns lie side by
/// side, so that one vector holds 16 rows: a product needs no sums across lanes, and everything is
/// read front to back.
///
/// ```
/// words[tile][group][32 columns][word][row of the tile]        32 bits each
/// ```
///
/// 32 columns of a row take `bits` words. A word holds as many consecutive codes as fit, the first
/// in the lowest bits; none lies across the middle of the word (but with 6 bits), so that kernels
/// may also read words as pairs of 16-bit numbers. With 3, 5 or 6 bits that leaves two bits a word
/// free, and 2 codes of the 32: with 3 and 5 bits, the last two codes have one bit in each word, in
/// bits 15 and 31; with 6 bits, two bits in each of three words, in bits 30 and 31. So a weight
/// takes exactly `bits` bits. Rows are padded to whole tiles.
///
/// @param rows outputs
/// @param columns inputs
/// @param bits of a code: 1, 2, 3, 4, 5, 6 or 8
/// @param group columns that share a scale and a zero; a multiple of 32 that divides the columns
public record TileLayout(int rows, int columns, int bits, int group) {
  static final int TILE = 64;
  static final int CHUNK = 32;
  private static final long MOST_WORDS = 1 << 29; // 2 GB

  public TileLayout {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "a weight needs at least one row and one column, got (%d, %d)".formatted(rows, columns));
    }
    if (bits < 1 || bits > 8 || bits == 7) {
      throw new IllegalArgumentException(
          "kernels know 1, 2, 3, 4, 5, 6 and 8 bits a code, not " + bits);
    }
    if (!fits(columns, group)) {
      throw new IllegalArgumentException(
          "groups of %d columns do not suit the kernels: multiples of 32 that divide the %d columns do"
              .formatted(group, columns));
    }
    if ((long) Math.ceilDiv(rows, TILE) * TILE * (columns / CHUNK) * bits > MOST_WORDS) {
      throw new IllegalArgumentException(
          "a weight of (%d, %d) at %d bits is too large for the kernels"
              .formatted(rows, columns, bits));
    }
  }

  /// Whether the kernels can work with groups of `group` out of `columns` columns.
  public static boolean fits(long columns, long group) {
    return group >= CHUNK && group % CHUNK == 0 && columns % group == 0;
  }

  int tiles() {
    return Math.ceilDiv(rows, TILE);
  }

  int paddedRows() {
    return tiles() * TILE;
  }

  int groups() {
    return columns / group;
  }

  /// Words of a tile.
  int tileWords() {
    return columns / CHUNK * bits * TILE;
  }

  /// Runs of 32 columns in a group.
  int chunks() {
    return group / CHUNK;
  }

  /// Whole codes in a word.
  int fields() {
    return 32 / bits;
  }

  /// Codes of a chunk that are whole in one word: 30 or 32.
  int wholeCodes() {
    return fields() * bits == 32 ? CHUNK : CHUNK - 2;
  }

  /// Codes a kernel takes out of a word in place before it shifts the word down.
  int fieldsInPlace() {
    return switch (bits) {
      case 1, 2 -> 4;
      case 6 -> 5;
      default -> 16 / bits;
    };
  }

  /// How far a kernel then shifts the word down.
  int shift() {
    return bits % 2 == 1 && bits > 1 ? 16 : bits * fieldsInPlace();
  }

  /// The lowest bit of field `i` of a word.
  int bit(int i) {
    return bits == 6 ? 6 * i : (i / (16 / bits) * 16) + (i % (16 / bits) * bits);
  }

  /// A code taken out in place is `2^places` times too large, exactly. This is `places` for column
  /// `i` of a chunk.
  int places(int i) {
    if (i < wholeCodes()) {
      return bits * (i % fields() % fieldsInPlace());
    }
    return i == wholeCodes() && bits != 6 ? bits * (fieldsInPlace() - 1) : 0;
  }

  /// `2^-places` of each column of a chunk.
  float[] factors() {
    float[] factors = new float[CHUNK];
    for (int i = 0; i < CHUNK; i++) {
      factors[i] = Math.scalb(1f, -places(i));
    }
    return factors;
  }

  /// The tensor of words.
  Shape wordShape() {
    return Shape.of(tiles(), groups(), (long) chunks() * bits, TILE);
  }

  /// The tensors of scales and zeros.
  Shape scaleShape() {
    return Shape.of(tiles(), groups(), TILE);
  }

  /// Bytes of one group in one tile.
  long groupBytes() {
    return 4L * TILE * chunks() * bits;
  }

  /// Where word `j` of the chunk that has `column` is, for `row`.
  long word(int row, int column, int j) {
    long chunk = (long) (row / TILE) * (columns / CHUNK) + column / CHUNK;
    return (chunk * bits + j) * TILE + row % TILE;
  }

  /// The words of 32 codes, `codes[from…]`.
  void put(byte[] codes, int from, int[] words) {
    int at = from;
    int fields = fields();
    for (int j = 0; j < bits; j++) {
      int word = 0;
      for (int i = 0; i < fields; i++) {
        word |= (codes[at++] & 255) << bit(i);
      }
      words[j] = word;
    }
    for (int extra = 0; at < from + CHUNK; extra++) {
      putExtra(codes[at++] & 255, extra, words);
    }
  }

  private void putExtra(int code, int extra, int[] words) {
    if (bits == 6) {
      for (int pair = 0; pair < 3; pair++) {
        words[3 * extra + pair] |= ((code >> (2 * pair)) & 3) << 30;
      }
    } else {
      for (int j = 0; j < bits; j++) {
        words[j] |= ((code >> j) & 1) << (15 + 16 * extra);
      }
    }
  }

  /// Code `i` of the 32 in `words`.
  int code(int[] words, int i) {
    if (i < wholeCodes()) {
      return (words[i / fields()] >>> bit(i % fields())) & ((1 << bits) - 1);
    }
    int extra = i - wholeCodes();
    int code = 0;
    if (bits == 6) {
      for (int pair = 0; pair < 3; pair++) {
        code |= (words[3 * extra + pair] >>> 30) << (2 * pair);
      }
    } else {
      for (int j = 0; j < bits; j++) {
        code |= ((words[j] >>> (15 + 16 * extra)) & 1) << j;
      }
    }
    return code;
  }
}
