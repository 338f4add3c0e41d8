package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;

import java.lang.classfile.CodeBuilder;
import java.util.function.IntConsumer;

/// Writes a [BackwardKernel]. Lanes are rows of W as in the forward product, so the sum over rows
/// ends across lanes; that is done once a column ([LaneSums]), not once a tile:
///
/// ```
/// dx_k = Σ_r q_rk (s_rg dy_r) − Σ_r z_rg (s_rg dy_r)
/// ```
///
/// A few columns at a time: their sums stay in registers while all rows of the tiles pass. The
/// products of scale and dY are the same for all columns of a group and wait in the nearest cache.
final class BackwardCode {
  // Parameters of BackwardKernel.run; WeightCursor knows the others
  private static final int DY = 3;
  private static final int DY_ROW = 4;
  private static final int SCALED = 5;
  private static final int ACC = 6;
  private static final int ZEROS = 7;
  private static final int TILES = 8;
  private static final int TILE_WORDS = 9;
  private static final int TILE_SCALES = 10;
  private static final int GROUPS = 11;

  private static final int MOST_SUMS = 16; // in registers

  private final VectorCode code;
  private final TileLayout layout;
  private final ScaleType scales;
  private final int rowsOfDy;
  private final int lanes;
  private final int vectors; // of rows of W written one after the other: few, to keep loops small
  private final CodeReader codes;
  private final WeightCursor weight;
  private final int acc;
  private final int zeros;
  private final int at; // in the words of a tile
  private final int scaled;
  private final int word;
  private final int values;

  private BackwardCode(
      VectorCode code, TileLayout layout, ScaleType scales, int rowsOfDy, int lanes) {
    this.code = code;
    this.layout = layout;
    this.scales = scales;
    this.rowsOfDy = rowsOfDy;
    this.lanes = lanes;
    vectors = layout.bits() == 1 ? 1 : 2;
    codes = new CodeReader(code, layout, 0, lanes);
    weight = new WeightCursor(code, scales, GROUPS);
    acc = code.longLocal();
    zeros = code.longLocal();
    at = code.longLocal();
    scaled = code.longLocal();
    word = code.vector();
    values = code.vector();
  }

  /// How many rows of dY the registers hold.
  static int mostRows(int lanes, TileLayout layout) {
    return lanes == 16 ? Math.min(4, MOST_SUMS / layout.fieldsInPlace()) : 2;
  }

  static void write(VectorCode code, TileLayout layout, ScaleType scales, int rowsOfDy, int lanes) {
    new BackwardCode(code, layout, scales, rowsOfDy, lanes).write();
  }

  private void write() {
    CodeBuilder raw = code.raw();
    weight.start();
    raw.lload(code.parameter(ACC)).lstore(acc);
    raw.lload(code.parameter(ZEROS)).lstore(zeros);
    weight.overGroups(() -> {
      scaleGradient();
      weight.overChunks(this::chunk);
      weight.nextGroup();
    });
    raw.return_();
  }

  /// Writes scale times dY, and adds zero times that to its sums.
  private void scaleGradient() {
    CodeBuilder raw = code.raw();
    int scale = code.longLocal();
    int zero = code.longLocal();
    int dy = code.longLocal();
    raw.lload(weight.scale()).lstore(scale);
    raw.lload(weight.zero()).lstore(zero);
    raw.lload(code.parameter(DY)).lstore(dy);
    raw.lload(code.parameter(SCALED)).lstore(scaled);
    int[] sums = readSums(rowsOfDy, zeros);
    code.loop(
        code.parameter(TILES),
        weight.one(),
        () -> {
          code.times(
              2,
              weight.one(),
              () -> {
                scaleRows(scale, zero, dy, sums);
                code.advance(scale, scales.bytes(32));
                code.advance(zero, scales.bytes(32));
                code.advance(dy, 4L * 32);
              });
          nextTile(scale, TILE_SCALES, scales.groupBytes());
          nextTile(zero, TILE_SCALES, scales.groupBytes());
        });
    writeSums(sums, zeros);
  }

  private void scaleRows(int scale, int zero, int dy, int[] sums) {
    int s = code.vector();
    int z = code.vector();
    int product = code.vector();
    int row = code.longLocal();
    for (int v = 0; v < 32 / lanes; v++) {
      scales.read(code, scale, v * lanes);
      code.store(s);
      scales.read(code, zero, v * lanes);
      code.store(z);
      code.raw().lload(dy).lstore(row);
      for (int m = 0; m < rowsOfDy; m++) {
        code.read(FLOAT, row, 4L * v * lanes).load(s).mul(FLOAT).store(product);
        code.load(product).write(FLOAT, scaled, 4L * lanes * m);
        code.load(product).load(z).load(sums[m]).fma().store(sums[m]);
        code.advanceBy(row, code.parameter(DY_ROW));
      }
      code.advance(scaled, 4L * lanes * rowsOfDy);
    }
  }

  private void chunk() {
    int chunk = code.longLocal();
    code.raw().lload(weight.words()).lstore(chunk);
    int fields = together();
    code.times(
        layout.bits(),
        weight.one(),
        () -> {
          for (int first = 0; first < layout.fields(); first += fields) {
            int shift = first / layout.fieldsInPlace() * layout.shift();
            columns(
                fields,
                weight.words(),
                v -> code.read(INT, at, 4L * v * lanes).shiftRight(INT, shift),
                this::field);
          }
          weight.nextWord();
        });
    int extras = TileLayout.CHUNK - layout.wholeCodes();
    if (extras > 0) {
      columns(extras, chunk, v -> codes.readExtras(at, 4L * v * lanes), i -> codes.extra(word, i));
    }
  }

  /// Fields of a word whose sums the registers hold.
  private int together() {
    int fields = layout.fieldsInPlace();
    while (layout.fields() % (2 * fields) == 0 && 2 * fields * rowsOfDy <= MOST_SUMS) {
      fields *= 2;
    }
    return fields;
  }

  private void field(int field) {
    int inPlace = field % layout.fieldsInPlace();
    if (field > 0 && inPlace == 0) {
      code.load(word).shiftRight(INT, layout.shift()).store(word);
    }
    codes.field(word, inPlace);
  }

  /// Adds to the sums of `count` columns, whose codes begin at the address in local `words`.
  ///
  /// @param read pushes the words of vector v of the rows at `at`
  /// @param field pushes a column's codes
  private void columns(int count, int words, IntConsumer read, IntConsumer field) {
    CodeBuilder raw = code.raw();
    int[] sums = readSums(count * rowsOfDy, acc);
    int[] products = code.vectors(rowsOfDy);
    raw.lload(words).lstore(at);
    raw.lload(code.parameter(SCALED)).lstore(scaled);
    Runnable rows =
        () -> {
          for (int v = 0; v < vectors; v++) {
            read.accept(v);
            code.store(word);
            for (int m = 0; m < rowsOfDy; m++) {
              code.read(FLOAT, scaled, 4L * lanes * (v * rowsOfDy + m)).store(products[m]);
            }
            for (int i = 0; i < count; i++) {
              field.accept(i);
              code.store(values);
              for (int m = 0; m < rowsOfDy; m++) {
                int sum = sums[i * rowsOfDy + m];
                code.load(values).load(products[m]).load(sum).fma().store(sum);
              }
            }
          }
          code.advance(at, 4L * vectors * lanes);
          code.advance(scaled, 4L * vectors * lanes * rowsOfDy);
        };
    code.loop(
        code.parameter(TILES),
        weight.one(),
        () -> {
          code.times(TileLayout.TILE / (vectors * lanes), weight.one(), rows);
          nextTile(at, TILE_WORDS, 4L * TileLayout.TILE);
        });
    writeSums(sums, acc);
  }

  private int[] readSums(int count, int address) {
    int[] sums = code.vectors(count);
    for (int i = 0; i < count; i++) {
      code.read(FLOAT, address, 4L * lanes * i).store(sums[i]);
    }
    return sums;
  }

  private void writeSums(int[] sums, int address) {
    for (int i = 0; i < sums.length; i++) {
      code.load(sums[i]).write(FLOAT, address, 4L * lanes * i);
    }
    code.advance(address, 4L * lanes * sums.length);
  }

  /// After all rows of a tile.
  private void nextTile(int address, int bytes, long moved) {
    code.advanceBy(address, code.parameter(bytes));
    code.advance(address, -moved);
  }
}
