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
  // Parameters of BackwardKernel.run; WeightCursor knows the others
  private static final int DY = 3;
  private static final int DY_ROW = 4;
  private static final int ACC = 5;
  private static final int ZEROS = 6;
  private static final int TILES = 7;
  private static final int TILE_WORDS = 8;
  private static final int TILE_SCALES = 9;
  private static final int GROUPS = 10;

  private final VectorCode code;
  private final int rowsOfDy;
  private final int lanes;
  private final int vectors;
  private final CodeReader codes;
  private final int[][] scaled; // s · dy of each vector, for each row of dY
  private final WeightCursor weight;
  private final int dy;
  private final int acc;
  private final int zeros;

  private BackwardCode(
      VectorCode code, TileLayout layout, ScaleType scales, int rowsOfDy, int lanes) {
    this.code = code;
    this.rowsOfDy = rowsOfDy;
    this.lanes = lanes;
    vectors = lanes == 16 ? rowsOfDy <= 3 ? 4 : 2 : 32 / lanes;
    codes = new CodeReader(code, layout, vectors, lanes);
    scaled = new int[vectors][];
    for (int v = 0; v < vectors; v++) {
      scaled[v] = code.vectors(rowsOfDy);
    }
    weight = new WeightCursor(code, scales, GROUPS);
    dy = code.longLocal();
    acc = code.longLocal();
    zeros = code.longLocal();
  }

  static void write(VectorCode code, TileLayout layout, ScaleType scales, int rowsOfDy, int lanes) {
    new BackwardCode(code, layout, scales, rowsOfDy, lanes).write();
  }

  private void write() {
    code.loop(
        code.parameter(TILES),
        weight.one(),
        () -> {
          code.times(TileLayout.TILE / (vectors * lanes), weight.one(), this::part);
          weight.nextTile(code.parameter(TILE_WORDS), code.parameter(TILE_SCALES));
        });
    code.raw().return_();
  }

  private void part() {
    CodeBuilder raw = code.raw();
    weight.start();
    raw.lload(code.parameter(ACC)).lstore(acc);
    raw.lload(code.parameter(ZEROS)).lstore(zeros);
    weight.overGroups(this::group);
    int rows = vectors * lanes;
    weight.nextRows(rows);
    code.advance(code.parameter(DY), 4L * rows);
  }

  private void group() {
    scaleGradient();
    codes.group(weight, (offset, places) -> column(), columns -> {});
    weight.nextGroup();
  }

  private void scaleGradient() {
    code.raw().lload(code.parameter(DY)).lstore(dy);
    int[] s = code.vectors(vectors);
    int[] z = code.vectors(vectors);
    for (int v = 0; v < vectors; v++) {
      weight.readScale(v * lanes);
      code.store(s[v]);
      weight.readZero(v * lanes);
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
