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
  // Parameters of ForwardKernel.run; WeightCursor knows the others
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

  private final VectorCode code;
  private final TileLayout layout;
  private final ScaleType scales;
  private final int rowsOfX;
  private final int lanes;
  private final int vectors;
  private final CodeReader codes;
  private final int[][] sums;
  private final WeightCursor weight;
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
    weight = new WeightCursor(code, scales, GROUPS);
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

  /// The same beside the masks of a layout: more than four leave less room.
  static int mostRows(int lanes, TileLayout layout) {
    return Math.min(mostRows(lanes), layout.fieldsInPlace() > 4 ? 4 : 6);
  }

  static void write(VectorCode code, TileLayout layout, ScaleType scales, int rowsOfX, int lanes) {
    new ForwardCode(code, layout, scales, rowsOfX, lanes).write();
  }

  private void write() {
    CodeBuilder raw = code.raw();
    int groups = code.parameter(GROUPS);
    int tileBytes = code.longLocal();
    int scaleBytes = code.longLocal();
    raw.lload(code.parameter(STEP)).iload(code.parameter(CHUNKS)).i2l().lmul();
    raw.loadConstant((long) layout.bits()).lmul().iload(groups).i2l().lmul().lstore(tileBytes);
    raw.iload(groups).i2l().loadConstant((long) scales.groupBytes()).lmul().lstore(scaleBytes);
    code.loop(
        code.parameter(TILES),
        weight.one(),
        () -> {
          code.times(TileLayout.TILE / (vectors * lanes), weight.one(), this::part);
          weight.nextTile(tileBytes, scaleBytes);
        });
    raw.return_();
  }

  /// The rows of W that fit the registers at once, over all columns.
  private void part() {
    CodeBuilder raw = code.raw();
    weight.start();
    raw.iload(code.parameter(X_FROM)).istore(at);
    raw.iload(code.parameter(SUMS_FROM)).istore(sumAt);
    weight.overGroups(this::group);
    int rows = vectors * lanes;
    weight.nextRows(rows);
    code.advance(code.parameter(Y), 4L * rows);
  }

  private void group() {
    for (int[] ofVector : sums) {
      for (int sum : ofVector) {
        code.zero(FLOAT).store(sum);
      }
    }
    codes.group(
        weight,
        (offset, places) -> multiplyAdd(offset),
        columns -> code.increment(at, columns * rowsOfX));
    addToOutput();
    weight.nextGroup();
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
      weight.readScale(v * lanes);
      code.store(s[v]);
      weight.readZero(v * lanes);
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
