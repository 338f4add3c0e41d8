package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.SHORT;

import java.lang.classfile.CodeBuilder;

/// Writes a [LookupKernel]; [LookupTables] makes its tables. For vectors of 512 bits.
///
/// A word of a row is a pair of 16-bit numbers, each with codes of its own. One instruction looks
/// up 32 of them at once: four bits of codes and the half of the word they are from choose one of
/// 32 numbers, which is the product of those codes with x. The numbers are rounded so that a
/// group's sums fit 16 bits. Codes count from the middle of their range, which makes the products
/// half as large.
final class LookupCode {
  // Parameters of LookupKernel.run; WeightCursor knows the others
  private static final int TABLES = 3;
  private static final int UNITS = 4;
  private static final int X_SUMS = 5;
  private static final int FROM = 6;
  private static final int Y = 7;
  private static final int Y_ROW = 8;
  private static final int TILES = 9;
  private static final int GROUPS = 10;

  private static final int LANES = 16;
  private static final int VECTORS = 4; // a tile
  private static final long TABLE = 64;

  private final VectorCode code;
  private final TileLayout layout;
  private final int rowsOfX;
  private final int codeMask;
  private final int upperHalf;
  private final int[] words;
  private final int[] indices;
  private final int[][] sums;
  private final WeightCursor weight;
  private final int table;
  private final int at;

  private LookupCode(VectorCode code, TileLayout layout, ScaleType scales, int rowsOfX) {
    this.code = code;
    this.layout = layout;
    this.rowsOfX = rowsOfX;
    codeMask = code.vector();
    upperHalf = code.vector();
    words = code.vectors(VECTORS);
    indices = code.vectors(VECTORS);
    sums = new int[VECTORS][];
    for (int v = 0; v < VECTORS; v++) {
      sums[v] = code.vectors(rowsOfX);
    }
    weight = new WeightCursor(code, scales, GROUPS);
    table = code.longLocal();
    at = code.intLocal();
  }

  static void write(VectorCode code, TileLayout layout, ScaleType scales, int rowsOfX) {
    new LookupCode(code, layout, scales, rowsOfX).write();
  }

  private void write() {
    // The index of a 16-bit number: codes in bits 1 to 4, the half in bit 0.
    code.bits(0x001E001E).store(codeMask);
    code.bits(1 << 16).store(upperHalf);
    CodeBuilder raw = code.raw();
    weight.start();
    code.loop(
        code.parameter(TILES),
        weight.one(),
        () -> {
          raw.lload(code.parameter(TABLES)).lstore(table);
          raw.iload(code.parameter(FROM)).istore(at);
          weight.overGroups(this::group);
          code.advance(code.parameter(Y), 4L * TileLayout.TILE);
        });
    raw.return_();
  }

  private void group() {
    for (int[] ofVector : sums) {
      for (int sum : ofVector) {
        code.zero(SHORT).store(sum);
      }
    }
    weight.overChunks(() -> code.times(layout.bits(), weight.one(), this::word));
    addToOutput();
    weight.nextGroup();
    code.increment(at, rowsOfX);
  }

  private void word() {
    for (int v = 0; v < VECTORS; v++) {
      code.read(INT, weight.words(), 4L * LANES * v).store(words[v]);
    }
    for (int lookup = 0; lookup < LookupTables.IN_WORD; lookup++) {
      for (int v = 0; v < VECTORS; v++) {
        code.load(words[v]);
        if (lookup == 0) {
          code.shiftLeft(INT, 1);
        } else {
          code.shiftRight(INT, LookupTables.INDEX_BITS * lookup - 1);
        }
        code.load(codeMask).and().load(upperHalf).or().asShorts().store(indices[v]);
      }
      lookUp();
    }
    weight.nextWord();
  }

  /// Adds what the tables say of the codes.
  private void lookUp() {
    int found = code.vector();
    for (int row = 0; row < rowsOfX; row++) {
      code.read(SHORT, table, TABLE * row).store(found);
      for (int v = 0; v < VECTORS; v++) {
        // What was found adds the sum, not the other way round (see VectorCode)
        code.load(indices[v]).load(found).selectFrom(SHORT).load(sums[v][row]).add(SHORT);
        code.store(sums[v][row]);
      }
    }
    code.advance(table, TABLE * rowsOfX);
  }

  /// `y += scale (unit · sum + (middle − zero) · sum of x)`
  private void addToOutput() {
    int[] s = code.vectors(VECTORS);
    int[] offset = code.vectors(VECTORS);
    for (int v = 0; v < VECTORS; v++) {
      weight.readScale(v * LANES);
      code.store(s[v]);
      code.constant(FLOAT, LookupTables.middle(layout.bits()));
      weight.readZero(v * LANES);
      code.neg().add(FLOAT).store(offset[v]);
    }
    int y = code.longLocal();
    int unit = code.vector();
    int sum = code.vector();
    int pair = code.vector();
    code.raw().lload(code.parameter(Y)).lstore(y);
    for (int row = 0; row < rowsOfX; row++) {
      code.broadcastElement(code.parameter(UNITS), at, row).store(unit);
      code.broadcastElement(code.parameter(X_SUMS), at, row).store(sum);
      for (int v = 0; v < VECTORS; v++) {
        code.load(sums[v][row]).asInts(SHORT).store(pair);
        code.load(pair).shiftLeft(INT, 16).shiftRightSigned(INT, 16);
        code.load(pair).shiftRightSigned(INT, 16).add(INT).toFloats();
        code.load(unit).load(offset[v]).load(sum).mul(FLOAT).fma();
        code.load(s[v]).read(FLOAT, y, 4L * LANES * v).fma();
        code.write(FLOAT, y, 4L * LANES * v);
      }
      code.advanceBy(y, code.parameter(Y_ROW));
    }
  }
}
