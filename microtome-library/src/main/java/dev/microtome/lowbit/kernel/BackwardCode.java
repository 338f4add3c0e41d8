package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;

import java.lang.classfile.CodeBuilder;

/// Writes a [BackwardKernel]. Lanes are rows of W as in the forward product, so the sum over rows
/// ends across lanes; that is done once a column ([LaneSums]), not once a tile:
///
/// ```
/// dx_k = Σ_r q_rk (s_rg dy_r) − Σ_r z_rg (s_rg dy_r)
/// ```
///
/// The sums of a few groups stay in the nearest cache while all tiles pass.
final class BackwardCode {
  // Parameters of BackwardKernel.run
  private static final int WORDS = 0;
  private static final int SCALE = 1;
  private static final int ZERO = 2;
  private static final int DY = 3;
  private static final int DY_ROW = 4;
  private static final int ACC = 5;
  private static final int ZEROS = 6;
  private static final int TILES = 7;
  private static final int TILE_WORDS = 8;
  private static final int TILE_SCALES = 9;
  private static final int GROUPS = 10;
  private static final int CHUNKS = 11;
  private static final int STEP = 12;
  private static final int ONE = 13;

  private final VectorCode code;
  private final ScaleType scales;
  private final int rowsOfDy;
  private final int lanes;
  private final int vectors;
  private final CodeReader codes;
  private final int[][] scaled; // s · dy of each vector, for each row of dY
  private final int word;
  private final int scale;
  private final int zero;
  private final int dy;
  private final int acc;
  private final int zeros;

  private BackwardCode(
      VectorCode code, TileLayout layout, ScaleType scales, int rowsOfDy, int lanes) {
    this.code = code;
    this.scales = scales;
    this.rowsOfDy = rowsOfDy;
    this.lanes = lanes;
    vectors = lanes == 16 ? rowsOfDy <= 3 ? 4 : 2 : 32 / lanes;
    codes = new CodeReader(code, layout, vectors, lanes);
    scaled = new int[vectors][];
    for (int v = 0; v < vectors; v++) {
      scaled[v] = code.vectors(rowsOfDy);
    }
    word = code.longLocal();
    scale = code.longLocal();
    zero = code.longLocal();
    dy = code.longLocal();
    acc = code.longLocal();
    zeros = code.longLocal();
  }

  static void write(VectorCode code, TileLayout layout, ScaleType scales, int rowsOfDy, int lanes) {
    new BackwardCode(code, layout, scales, rowsOfDy, lanes).write();
  }

  private void write() {
    int one = code.parameter(ONE);
    code.loop(
        code.parameter(TILES),
        one,
        () -> {
          code.times(TileLayout.TILE / (vectors * lanes), one, this::part);
          toNextTile(code.parameter(WORDS), code.parameter(TILE_WORDS), 4L * TileLayout.TILE);
          toNextTile(code.parameter(SCALE), code.parameter(TILE_SCALES), scales.groupBytes());
          toNextTile(code.parameter(ZERO), code.parameter(TILE_SCALES), scales.groupBytes());
        });
    code.raw().return_();
  }

  private void toNextTile(int address, int bytes, long moved) {
    code.advanceBy(address, bytes);
    code.advance(address, -moved);
  }

  private void part() {
    CodeBuilder raw = code.raw();
    raw.lload(code.parameter(WORDS)).lstore(word);
    raw.lload(code.parameter(SCALE)).lstore(scale);
    raw.lload(code.parameter(ZERO)).lstore(zero);
    raw.lload(code.parameter(ACC)).lstore(acc);
    raw.lload(code.parameter(ZEROS)).lstore(zeros);
    code.loop(code.parameter(GROUPS), code.parameter(ONE), this::group);
    int rows = vectors * lanes;
    code.advance(code.parameter(WORDS), 4L * rows);
    code.advance(code.parameter(SCALE), scales.bytes(rows));
    code.advance(code.parameter(ZERO), scales.bytes(rows));
    code.advance(code.parameter(DY), 4L * rows);
  }

  private void group() {
    scaleGradient();
    code.loop(
        code.parameter(CHUNKS),
        code.parameter(ONE),
        () ->
            codes.chunk(
                word,
                code.parameter(STEP),
                code.parameter(ONE),
                (offset, places) -> column(),
                columns -> {}));
    code.advance(scale, scales.groupBytes());
    code.advance(zero, scales.groupBytes());
  }

  private void scaleGradient() {
    code.raw().lload(code.parameter(DY)).lstore(dy);
    int[] s = code.vectors(vectors);
    int[] z = code.vectors(vectors);
    for (int v = 0; v < vectors; v++) {
      scales.read(code, scale, v * lanes);
      code.store(s[v]);
      scales.read(code, zero, v * lanes);
      code.store(z[v]);
    }
    for (int row = 0; row < rowsOfDy; row++) {
      for (int v = 0; v < vectors; v++) {
        code.read(FLOAT, dy, 4L * v * lanes).load(s[v]).mul(FLOAT).store(scaled[v][row]);
      }
      sumUp(z, row, zeros);
      code.advanceBy(dy, code.parameter(DY_ROW));
    }
  }

  private void column() {
    for (int row = 0; row < rowsOfDy; row++) {
      sumUp(codes.values(), row, acc);
    }
  }

  /// Adds `values · scaled`, of all vectors, to the sums at the address in local `sums`.
  private void sumUp(int[] values, int row, int sums) {
    int sum = code.vector();
    code.read(FLOAT, sums, 0).store(sum);
    for (int v = 0; v < vectors; v++) {
      code.load(values[v]).load(scaled[v][row]).load(sum).fma().store(sum);
    }
    code.load(sum).write(FLOAT, sums, 0);
    code.advance(sums, 4L * lanes);
  }
}
