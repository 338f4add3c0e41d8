package dev.microtome.lowbit.kernel;

/// Writes the instructions that walk through a weight.
///
/// The parameters words, scale and zero, the first three of every kernel, hold where some rows
/// begin and move on from rows to rows and from tile to tile. Three locals start there and run over
/// the groups of these rows. A kernel's last four parameters say how far: the number of groups, of
/// chunks in a group, the bytes from one word to the next, and 1 ([VectorCode#loop]).
final class WeightCursor {
  private static final int WORDS = 0;
  private static final int SCALE = 1;
  private static final int ZERO = 2;

  private final VectorCode code;
  private final ScaleType scales;
  private final int groups;
  private final int words; // address of the next words
  private final int scale; // address of the group's scales
  private final int zero;

  /// @param groups index of the first of the last four parameters
  WeightCursor(VectorCode code, ScaleType scales, int groups) {
    this.code = code;
    this.scales = scales;
    this.groups = groups;
    words = code.longLocal();
    scale = code.longLocal();
    zero = code.longLocal();
  }

  /// The local that holds 1.
  int one() {
    return code.parameter(groups + 3);
  }

  /// The local with the address of the next words.
  int words() {
    return words;
  }

  /// The local with the address of the group's scales.
  int scale() {
    return scale;
  }

  /// The local with the address of the group's zeros.
  int zero() {
    return zero;
  }

  /// Pushes scales of the group, those of the rows from `row` on.
  void readScale(int row) {
    scales.read(code, scale, row);
  }

  /// Pushes zeros of the group, those of the rows from `row` on.
  void readZero(int row) {
    scales.read(code, zero, row);
  }

  /// Goes to the first group of the rows where the parameters are.
  void start() {
    code.raw().lload(code.parameter(WORDS)).lstore(words);
    code.raw().lload(code.parameter(SCALE)).lstore(scale);
    code.raw().lload(code.parameter(ZERO)).lstore(zero);
  }

  void overGroups(Runnable group) {
    code.loop(code.parameter(groups), one(), group);
  }

  void overChunks(Runnable chunk) {
    code.loop(code.parameter(groups + 1), one(), chunk);
  }

  void nextWord() {
    code.advanceBy(words, code.parameter(groups + 2));
  }

  /// Goes to the scales and zeros of the next group; its words follow those that were read.
  void nextGroup() {
    code.advance(scale, scales.groupBytes());
    code.advance(zero, scales.groupBytes());
  }

  /// Moves the parameters on by `rows` of a tile.
  void nextRows(int rows) {
    code.advance(code.parameter(WORDS), 4L * rows);
    code.advance(code.parameter(SCALE), scales.bytes(rows));
    code.advance(code.parameter(ZERO), scales.bytes(rows));
  }

  /// Moves the parameters to the next tile, after [#nextRows] has moved them by all rows of one.
  ///
  /// @param tileWords the local with the bytes from the words of a tile to those of the next
  /// @param tileScales the same for scales, and for zeros
  void nextTile(int tileWords, int tileScales) {
    nextTile(code.parameter(WORDS), tileWords, 4L * TileLayout.TILE);
    nextTile(code.parameter(SCALE), tileScales, scales.groupBytes());
    nextTile(code.parameter(ZERO), tileScales, scales.groupBytes());
  }

  private void nextTile(int address, int bytes, long moved) {
    code.advanceBy(address, bytes);
    code.advance(address, -moved);
  }
}
