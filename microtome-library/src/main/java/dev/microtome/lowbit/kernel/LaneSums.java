package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

/// The end of a backward product: a row of dX from what a [BackwardKernel] summed up in each lane.
///
/// Sums over lanes are always in the same order: the Vector API's own adds in another one once it
/// is compiled, and training must repeat to the last bit. As many vectors as they have lanes become
/// one vector of their sums, by halves: out of two vectors a and b comes one, its first half the
/// upper plus the lower half of a and its second half those of b; then by quarters, and so on,
/// until each lane holds the sum of another vector:
///
/// ```
/// a0 a1 a2 a3    c0 c1 c2 c3        a0+a2 a1+a3 c0+c2 c1+c3        Σa Σb Σc Σd
/// b0 b1 b2 b3    d0 d1 d2 d3   →    b0+b2 b1+b3 d0+d2 d1+d3   →
/// ```
interface LaneSums {
  /// Bytes that are touched after the vectors.
  long BEYOND = 64;

  /// Writes `dx_k = factor_k sum_k - zero_g`.
  ///
  /// @param vectors address of the sums of each lane, which are overwritten: those of columns, then
  ///   those of zeros of each group
  /// @param step bytes from a vector to the next
  /// @param sums address of room for a number for each vector
  /// @param zeros address of those of the first group's zeros
  /// @param factors address of what the sums of 32 columns are multiplied by
  /// @param dx address of the result
  /// @param blocks of as many vectors as they have lanes
  /// @param groups of columns
  /// @param chunks of 32 columns in a group
  /// @param one 1
  void run(
      long vectors,
      long step,
      long sums,
      long zeros,
      long factors,
      long dx,
      int blocks,
      int groups,
      int chunks,
      int one);

  /// The readable twin, for vectors of one lane.
  static void scalar(
      long vectors,
      long step,
      long sums,
      long zeros,
      long factors,
      long dx,
      int blocks,
      int groups,
      int chunks,
      int one) {
    int columns = groups * chunks * TileLayout.CHUNK;
    for (int k = 0; k < columns; k++) {
      float sum = number(vectors + step * k);
      float zero = number(vectors + step * (columns + k / (chunks * TileLayout.CHUNK)));
      float factor = number(factors + 4L * (k % TileLayout.CHUNK));
      Memory.ALL.set(JAVA_FLOAT_UNALIGNED, dx + 4L * k, sum * factor - zero);
    }
  }

  private static float number(long at) {
    return Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at);
  }

  /// Writes one. All vectors have the full size: a method of the Vector API that has met vectors of
  /// two sizes makes every kernel that HotSpot compiles afterwards a hundred times slower.
  static void write(VectorCode code, int lanes) {
    new Writer(code, lanes).write();
  }

  /// Writes the instructions.
  final class Writer {
    private static final int VECTORS = 0;
    private static final int STEP = 1;
    private static final int SUMS = 2;
    private static final int ZEROS = 3;
    private static final int FACTORS = 4;
    private static final int DX = 5;
    private static final int BLOCKS = 6;
    private static final int GROUPS = 7;
    private static final int CHUNKS = 8;
    private static final int ONE = 9;

    private final VectorCode code;
    private final int lanes;
    private final int upper; // addresses of two vectors that become one
    private final int lower;
    private final int between; // bytes from one to the other
    private final int block;
    private final int sums;

    private Writer(VectorCode code, int lanes) {
      this.code = code;
      this.lanes = lanes;
      lower = code.longLocal();
      upper = code.longLocal();
      between = code.longLocal();
      block = code.longLocal();
      sums = code.longLocal();
    }

    private void write() {
      for (int half = lanes / 2; half > 0; half /= 2) {
        halve(half);
      }
      gradient();
      code.raw().return_();
    }

    /// The first `half` vectors of each block take in as many after them; the last one of all is
    /// put beside those of other blocks.
    private void halve(int half) {
      int first = code.vector();
      int second = code.vector();
      code.lanesWith(half, false).store(first);
      code.lanesWith(half, true).store(second);
      var raw = code.raw();
      raw.lload(code.parameter(VECTORS)).lstore(block);
      raw.lload(code.parameter(SUMS)).lstore(sums);
      raw.lload(code.parameter(STEP)).loadConstant((long) half).lmul().lstore(between);
      code.loop(
          code.parameter(BLOCKS),
          code.parameter(ONE),
          () -> {
            raw.lload(block).lstore(lower);
            raw.lload(block).lload(between).ladd().lstore(upper);
            code.times(
                half,
                code.parameter(ONE),
                () -> {
                  either(first, second, 0);
                  either(first, second, 4L * half);
                  code.add(FLOAT).write(FLOAT, half == 1 ? sums : lower, 0);
                  code.advanceBy(lower, code.parameter(STEP));
                  code.advanceBy(upper, code.parameter(STEP));
                });
            for (int i = 0; i < lanes / half; i++) {
              code.advanceBy(block, between);
            }
            code.advance(sums, 4L * lanes);
          });
    }

    /// Pushes a vector whose `first` lanes are those of the lower vector, `bytes` further on, and
    /// whose `second` lanes are those of the upper one as much before.
    private void either(int first, int second, long bytes) {
      code.read(INT, lower, bytes).load(first).and();
      code.read(INT, upper, -bytes).load(second).and().or().asFloats(INT);
    }

    private void gradient() {
      int zero = code.vector();
      code.raw().lload(code.parameter(SUMS)).lstore(sums);
      code.loop(
          code.parameter(GROUPS),
          code.parameter(ONE),
          () -> {
            code.broadcastNumber(code.parameter(ZEROS), 0).store(zero);
            code.advance(code.parameter(ZEROS), 4);
            code.loop(code.parameter(CHUNKS), code.parameter(ONE), () -> chunk(zero));
          });
    }

    private void chunk(int zero) {
      for (long at = 0; at < 4L * TileLayout.CHUNK; at += 4L * lanes) {
        code.read(FLOAT, sums, at).read(FLOAT, code.parameter(FACTORS), at).mul(FLOAT);
        code.load(zero).sub(FLOAT).write(FLOAT, code.parameter(DX), at);
      }
      code.advance(sums, 4L * TileLayout.CHUNK);
      code.advance(code.parameter(DX), 4L * TileLayout.CHUNK);
    }
  }
}
