package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;

import java.lang.classfile.CodeBuilder;

/// Writes a [ForwardKernel].
///
/// Lanes are rows of W; x is broadcast. Scale and zero come in once a group:
///
/// ```
/// y_r = Σ_g s_rg (Σ_k q_rk x_k − z_rg Σ_k x_k)
/// ```
final class ForwardCode {
  // Parameters of ForwardKernel.run
  private static final int WORDS = 0;
  private static final int SCALE = 1;
  private static final int ZERO = 2;
  private static final int X = 3;
  private static final int X_SUMS = 4;
  private static final int X_FROM = 5;
  private static final int SUMS_FROM = 6;
  private static final int Y = 7;
  private static final int Y_ROW = 8;
  private static final int TILES = 9;
  private static final int GROUPS = 10;
  private static final int CHUNKS = 11;
  private static final int STEP = 12;
  private static final int ONE = 13;

  private final VectorCode code;
  private final TileLayout layout;
  private final ScaleType scales;
  private final int rowsOfX;
  private final int lanes;
  private final int vectors;
  private final CodeReader codes;
  private final int[][] sums;
  private final int word; // address of the next words
  private final int scale; // address of the group's scales
  private final int zero;
  private final int at; // in x
  private final int sumAt;

  private ForwardCode(
      VectorCode code, TileLayout layout, ScaleType scales, int rowsOfX, int lanes) {
    this.code = code;
    this.layout = layout;
    this.scales = scales;
    this.rowsOfX = rowsOfX;
    this.lanes = lanes;
    vectors = vectors(rowsOfX, lanes);
    codes = new CodeReader(code, layout, vectors, lanes);
    sums = new int[vectors][];
    for (int v = 0; v < vectors; v++) {
      sums[v] = code.vectors(rowsOfX);
    }
    word = code.longLocal();
    scale = code.longLocal();
    zero = code.longLocal();
    at = code.intLocal();
    sumAt = code.intLocal();
  }

  /// Vectors of rows of W whose sums for each row of x stay in registers: 32 or 64 rows.
  private static int vectors(int rowsOfX, int lanes) {
    return switch (lanes) {
      case 16 -> rowsOfX <= 3 ? 4 : 2;
      case 8 -> 4;
      default -> 8;
    };
  }

  /// How many rows of x the registers hold.
  static int mostRows(int lanes) {
    return lanes == 16 ? 6 : 2;
  }

  static void write(VectorCode code, TileLayout layout, ScaleType scales, int rowsOfX, int lanes) {
    new ForwardCode(code, layout, scales, rowsOfX, lanes).write();
  }

  private void write() {
    CodeBuilder raw = code.raw();
    int one = code.parameter(ONE);
    int groups = code.parameter(GROUPS);
    int tileBytes = code.longLocal();
    int scaleBytes = code.longLocal();
    raw.lload(code.parameter(STEP)).iload(code.parameter(CHUNKS)).i2l().lmul();
    raw.loadConstant((long) layout.bits()).lmul().iload(groups).i2l().lmul().lstore(tileBytes);
    raw.iload(groups).i2l().loadConstant((long) scales.groupBytes()).lmul().lstore(scaleBytes);
    code.loop(
        code.parameter(TILES),
        one,
        () -> {
          code.times(TileLayout.TILE / (vectors * lanes), one, this::part);
          // The parts have moved on by the rows of one tile.
          toNextTile(code.parameter(WORDS), tileBytes, 4L * TileLayout.TILE);
          toNextTile(code.parameter(SCALE), scaleBytes, scales.groupBytes());
          toNextTile(code.parameter(ZERO), scaleBytes, scales.groupBytes());
        });
    raw.return_();
  }

  private void toNextTile(int address, int bytes, long moved) {
    code.advanceBy(address, bytes);
    code.advance(address, -moved);
  }

  /// The rows of W that fit the registers at once, over all columns.
  private void part() {
    CodeBuilder raw = code.raw();
    raw.lload(code.parameter(WORDS)).lstore(word);
    raw.lload(code.parameter(SCALE)).lstore(scale);
    raw.lload(code.parameter(ZERO)).lstore(zero);
    raw.iload(code.parameter(X_FROM)).istore(at);
    raw.iload(code.parameter(SUMS_FROM)).istore(sumAt);
    code.loop(code.parameter(GROUPS), code.parameter(ONE), this::group);
    int rows = vectors * lanes;
    code.advance(code.parameter(WORDS), 4L * rows);
    code.advance(code.parameter(SCALE), scales.bytes(rows));
    code.advance(code.parameter(ZERO), scales.bytes(rows));
    code.advance(code.parameter(Y), 4L * rows);
  }

  private void group() {
    for (int[] ofVector : sums) {
      for (int sum : ofVector) {
        code.zero(FLOAT).store(sum);
      }
    }
    code.loop(
        code.parameter(CHUNKS),
        code.parameter(ONE),
        () ->
            codes.chunk(
                word,
                code.parameter(STEP),
                code.parameter(ONE),
                (offset, places) -> multiplyAdd(offset),
                columns -> code.increment(at, columns * rowsOfX)));
    addToOutput();
    code.advance(scale, scales.groupBytes());
    code.advance(zero, scales.groupBytes());
    code.increment(sumAt, rowsOfX);
  }

  private void multiplyAdd(int column) {
    int x = code.vector();
    for (int row = 0; row < rowsOfX; row++) {
      code.broadcastElement(code.parameter(X), at, column * rowsOfX + row).store(x);
      for (int v = 0; v < vectors; v++) {
        code.load(codes.values()[v]).load(x).load(sums[v][row]).fma().store(sums[v][row]);
      }
    }
  }

  private void addToOutput() {
    int[] s = code.vectors(vectors);
    int[] minusZ = code.vectors(vectors);
    for (int v = 0; v < vectors; v++) {
      scales.read(code, scale, v * lanes);
      code.store(s[v]);
      scales.read(code, zero, v * lanes);
      code.neg().store(minusZ[v]);
    }
    int y = code.longLocal();
    int sum = code.vector();
    code.raw().lload(code.parameter(Y)).lstore(y);
    for (int row = 0; row < rowsOfX; row++) {
      code.broadcastElement(code.parameter(X_SUMS), sumAt, row).store(sum);
      for (int v = 0; v < vectors; v++) {
        code.load(minusZ[v]).load(sum).load(sums[v][row]).fma();
        code.load(s[v]).read(FLOAT, y, 4L * v * lanes).fma();
        code.write(FLOAT, y, 4L * v * lanes);
      }
      code.advanceBy(y, code.parameter(Y_ROW));
    }
  }
}
