package dev.microtome.lowbit.kernel;

/// How a piece of a weight is written out, for what it is multiplied by.
enum PieceForm {
  /// Numbers in float32, `[column][row]`.
  NUMBERS(4),
  /// In bfloat16, rows r and r + 16 of each 32 side by side ([ScaleType#place]): `[column][place]`.
  ROW_PAIRS(2),
  /// In bfloat16, two columns side by side: `[column / 2][row][2]`.
  COLUMN_PAIRS(2),
  /// The codes as bytes, four columns side by side, in the order of [Quads]: `[quad][row][4]`.
  /// Codes of 8 bits are 128 less, since bytes have a sign.
  CODES(1);

  private final int bytes;

  PieceForm(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes of a number.
  int bytes() {
    return bytes;
  }
}
