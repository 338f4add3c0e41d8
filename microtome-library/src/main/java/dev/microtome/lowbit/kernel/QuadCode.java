package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;

import java.util.LinkedHashMap;
import java.util.Map;

/// Writes a [DequantizeKernel] for [PieceForm#CODES]: a shift and a mask for those of four codes
/// that stand in one word as far apart as their bytes ([Quads]). It reads no scales.
final class QuadCode {
  // Parameters of DequantizeKernel.run; WeightCursor knows the others
  private static final int OUT = 3;
  private static final int QUAD = 4;
  private static final int GROUPS = 5;

  /// A word, and how far up its codes are from their bytes.
  private record Move(int word, int down) {}

  private final VectorCode code;
  private final TileLayout layout;
  private final int lanes;
  private final int[] order;
  private final int[] words;
  private final WeightCursor weight;
  private final int out;

  private QuadCode(VectorCode code, TileLayout layout, ScaleType scales, int lanes) {
    this.code = code;
    this.layout = layout;
    this.lanes = lanes;
    order = Quads.order(layout);
    words = code.vectors(layout.bits());
    weight = new WeightCursor(code, scales, GROUPS);
    out = code.longLocal();
  }

  static void write(VectorCode code, TileLayout layout, ScaleType scales, int lanes) {
    new QuadCode(code, layout, scales, lanes).write();
  }

  private void write() {
    code.times(
        TileLayout.TILE / lanes,
        weight.one(),
        () -> {
          weight.start();
          code.raw().lload(code.parameter(OUT)).lstore(out);
          weight.overGroups(() -> weight.overChunks(this::chunk));
          code.advance(code.parameter(0), 4L * lanes); // the words; scales are not read
          code.advance(code.parameter(OUT), 4L * lanes);
        });
    code.raw().return_();
  }

  private void chunk() {
    for (int word = 0; word < words.length; word++) {
      code.read(INT, weight.words(), CodeReader.wordBytes(word)).store(words[word]);
    }
    for (int quad = 0; quad < order.length; quad += 4) {
      quad(quad);
      code.write(INT, out, 0);
      code.advanceBy(out, code.parameter(QUAD));
    }
    code.advance(weight.words(), CodeReader.wordBytes(layout.bits()));
  }

  /// Pushes the four codes from place `from` of the order on.
  private void quad(int from) {
    var masks = new LinkedHashMap<Move, Integer>();
    int parts = 0;
    for (int i = 0; i < 4; i++) {
      int column = order[from + i];
      if (column < layout.wholeCodes()) {
        int bit = layout.bit(column % layout.fields());
        int mask = ((1 << layout.bits()) - 1) << (8 * i);
        masks.merge(new Move(column / layout.fields(), bit - 8 * i), mask, (a, b) -> a | b);
      } else {
        extra(column - layout.wholeCodes());
        code.shiftLeft(INT, 8 * i);
        or(parts++);
      }
    }
    for (Map.Entry<Move, Integer> each : masks.entrySet()) {
      masked(each.getKey(), each.getValue());
      or(parts++);
    }
    if (layout.bits() == 8) {
      code.bits(0x80808080).xor();
    }
  }

  /// Pushes code 30 or 31 of the chunk, whose bits lie in several words.
  private void extra(int extra) {
    boolean pairs = layout.bits() == 6;
    int count = pairs ? 3 : layout.bits();
    for (int j = 0; j < count; j++) {
      if (pairs) {
        code.load(words[3 * extra + j]).shiftRight(INT, 30).shiftLeft(INT, 2 * j);
      } else {
        code.load(words[j]).shiftRight(INT, 15 + 16 * extra - j).bits(1 << j).and();
      }
      or(j);
    }
  }

  private void or(int before) {
    if (before > 0) {
      code.or();
    }
  }

  private void masked(Move move, int mask) {
    code.load(words[move.word]);
    if (move.down >= 0) {
      code.shiftRight(INT, move.down);
    } else {
      code.shiftLeft(INT, -move.down);
    }
    if (mask != -1) {
      code.bits(mask).and();
    }
  }
}
