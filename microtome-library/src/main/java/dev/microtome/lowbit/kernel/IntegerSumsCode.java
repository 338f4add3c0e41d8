package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;

/// Writes an [IntegerSumsKernel]: what a row of W brings along stays in registers while the rows of
/// x pass.
final class IntegerSumsCode {
  private static final int SUMS = 0;
  private static final int SCALE = 1;
  private static final int ZERO = 2;
  private static final int SCALES = 3;
  private static final int SCALED = 4;
  private static final int FROM = 5;
  private static final int Y = 6;
  private static final int ROWS = 7;
  private static final int GROUPS = 8;
  private static final int ONE = 9;
  private static final long ROW = 4L * TileLayout.TILE;

  private final VectorCode code;
  private final TileLayout layout;
  private final ScaleType type;
  private final int lanes;
  private final int[] scale; // s of each vector of rows
  private final int[] middle; // - 128 s q
  private final int[] offset; // - s z

  private IntegerSumsCode(VectorCode code, TileLayout layout, ScaleType type, int lanes) {
    this.code = code;
    this.layout = layout;
    this.type = type;
    this.lanes = lanes;
    int vectors = TileLayout.TILE / lanes;
    scale = code.vectors(vectors);
    middle = code.vectors(vectors);
    offset = code.vectors(vectors);
  }

  static void write(VectorCode code, TileLayout layout, ScaleType type, int lanes) {
    new IntegerSumsCode(code, layout, type, lanes).write();
  }

  private void write() {
    int y = code.longLocal();
    code.loop(
        code.parameter(GROUPS),
        code.parameter(ONE),
        () -> {
          ofRows();
          code.raw().lload(code.parameter(Y)).lstore(y);
          code.loop(code.parameter(ROWS), code.parameter(ONE), () -> row(y));
          code.advance(code.parameter(SUMS), ROW);
          code.advance(code.parameter(SCALE), type.groupBytes());
          code.advance(code.parameter(ZERO), type.groupBytes());
        });
    code.raw().return_();
  }

  private void ofRows() {
    int codes = code.longLocal();
    code.raw().iload(code.parameter(ROWS)).i2l().loadConstant(ROW).lmul();
    code.raw().lload(code.parameter(SUMS)).ladd().lstore(codes);
    for (int v = 0; v < scale.length; v++) {
      type.read(code, code.parameter(SCALE), v * lanes);
      code.store(scale[v]);
      code.read(INT, codes, 4L * v * lanes).toFloats().load(scale[v]).mul(FLOAT);
      code.constant(FLOAT, -128).mul(FLOAT).store(middle[v]);
      type.read(code, code.parameter(ZERO), v * lanes);
      code.constant(FLOAT, -Quads.below(layout)).add(FLOAT);
      code.load(scale[v]).mul(FLOAT).neg().store(offset[v]);
    }
  }

  private void row(int y) {
    int factor = code.vector();
    int sum = code.vector();
    code.broadcastElement(code.parameter(SCALES), code.parameter(FROM), 0).store(factor);
    code.broadcastElement(code.parameter(SCALED), code.parameter(FROM), 0).store(sum);
    for (int v = 0; v < scale.length; v++) {
      long at = 4L * v * lanes;
      code.read(INT, code.parameter(SUMS), at).toFloats();
      code.load(scale[v]).load(middle[v]).fma().load(factor);
      code.load(offset[v]).load(sum).read(FLOAT, y, at).fma();
      code.fma().write(FLOAT, y, at);
    }
    code.advance(code.parameter(SUMS), ROW);
    code.advance(y, ROW);
    code.increment(code.parameter(FROM), 1);
  }
}
