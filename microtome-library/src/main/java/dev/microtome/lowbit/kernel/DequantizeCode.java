package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;

/// Writes a [DequantizeKernel]. `w = q s + (−s z)`: one fused multiply-add a number, with s divided
/// by what a code in its field is too large.
///
/// As bfloat16, two rows or two columns share a 32-bit word ([PieceForm]); halves are rounded up.
final class DequantizeCode {
  // Parameters of DequantizeKernel.run; WeightCursor knows the others
  private static final int OUT = 3;
  private static final int COLUMN = 4;
  private static final int GROUPS = 5;

  private final VectorCode code;
  private final TileLayout layout;
  private final PieceForm form;
  private final int lanes;
  private final int vectors; // of 32 rows
  private final CodeReader codes;
  private final int[][] factors; // of each field, for each vector
  private final int[] offsets;
  private final int[] before; // the first column of a pair, for each vector
  private final WeightCursor weight;
  private final int out;
  private boolean first; // of a pair of columns: it waits for the second

  private DequantizeCode(
      VectorCode code, TileLayout layout, ScaleType scales, PieceForm form, int lanes) {
    this.code = code;
    this.layout = layout;
    this.form = form;
    this.lanes = lanes;
    vectors = 32 / lanes;
    codes = new CodeReader(code, layout, vectors, lanes, form == PieceForm.COLUMN_PAIRS);
    factors = new int[layout.fieldsInPlace()][];
    for (int field = 0; field < factors.length; field++) {
      factors[field] = code.vectors(vectors);
    }
    offsets = code.vectors(vectors);
    before = code.vectors(vectors);
    weight = new WeightCursor(code, scales, GROUPS);
    out = code.longLocal();
  }

  static void write(
      VectorCode code, TileLayout layout, ScaleType scales, PieceForm form, int lanes) {
    new DequantizeCode(code, layout, scales, form, lanes).write();
  }

  private void write() {
    code.times(TileLayout.TILE / 32, weight.one(), this::part);
    code.raw().return_();
  }

  private void part() {
    weight.start();
    code.raw().lload(code.parameter(OUT)).lstore(out);
    weight.overGroups(this::group);
    weight.nextRows(32);
    code.advance(code.parameter(OUT), form == PieceForm.ROW_PAIRS ? 2L * 32 : 4L * 32);
  }

  private void group() {
    for (int v = 0; v < vectors; v++) {
      weight.readScale(v * lanes);
      code.store(factors[0][v]);
      weight.readZero(v * lanes);
      code.load(factors[0][v]).mul(FLOAT).neg().store(offsets[v]);
      for (int field = 1; field < factors.length; field++) {
        code.load(factors[0][v]).constant(FLOAT, Math.scalb(1f, -layout.bits() * field));
        code.mul(FLOAT).store(factors[field][v]);
      }
    }
    codes.group(weight, (offset, places) -> column(factors[places / layout.bits()]), columns -> {});
    weight.nextGroup();
  }

  private void column(int[] factor) {
    switch (form) {
      case NUMBERS -> numbers(factor);
      case ROW_PAIRS -> rowPairs(factor);
      case COLUMN_PAIRS -> columnPairs(factor);
      case CODES -> throw new IllegalStateException("codes are no numbers");
    }
    if (!first) {
      code.advanceBy(out, code.parameter(COLUMN));
    }
  }

  private void numbers(int[] factor) {
    for (int v = 0; v < vectors; v++) {
      number(v, factor);
      code.write(FLOAT, out, 4L * v * lanes);
    }
  }

  private void rowPairs(int[] factor) {
    for (int v = 0; v < vectors / 2; v++) {
      rounded(v, factor);
      code.shiftRight(INT, 16);
      rounded(v + vectors / 2, factor);
      code.bits(0xFFFF0000).and().or().write(INT, out, 4L * v * lanes);
    }
  }

  private void columnPairs(int[] factor) {
    first = !first;
    for (int v = 0; v < vectors; v++) {
      rounded(v, factor);
      if (first) {
        code.shiftRight(INT, 16).store(before[v]);
      } else {
        code.bits(0xFFFF0000).and().load(before[v]).or().write(INT, out, 4L * v * lanes);
      }
    }
  }

  private void number(int v, int[] factor) {
    code.load(codes.values()[v]).load(factor[v]).load(offsets[v]).fma();
  }

  /// Pushes the bits of a number rounded to bfloat16, in the upper half.
  private void rounded(int v, int[] factor) {
    number(v, factor);
    code.asInts(FLOAT).bits(0x8000).add(INT);
  }
}
