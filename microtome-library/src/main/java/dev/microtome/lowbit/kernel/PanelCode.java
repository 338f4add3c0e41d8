package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;

/// Writes a [PanelKernel]: all sums stay in registers.
final class PanelCode {
  private static final int S = 0;
  private static final int S_ROW = 1;
  private static final int V = 2;
  private static final int V_ROW = 3;
  private static final int C = 4;
  private static final int C_ROW = 5;
  private static final int COUNT = 6;
  private static final int ONE = 7;

  /// Rows of s and c a kernel takes at most.
  static final int MOST_ROWS = 4;

  private PanelCode() {}

  /// Vectors of a row of c that go with [#MOST_ROWS] into the registers.
  static int mostVectors(int lanes) {
    return lanes == 16 ? 4 : 2;
  }

  static void write(VectorCode code, int rows, int vectors, int lanes) {
    int[] offsets = new int[rows]; // of the rows of s
    for (int row = 1; row < rows; row++) {
      offsets[row] = code.longLocal();
      code.raw().lload(code.parameter(S_ROW)).loadConstant((long) row).lmul().lstore(offsets[row]);
    }
    int[][] sums = new int[rows][];
    for (int row = 0; row < rows; row++) {
      sums[row] = code.vectors(vectors);
      for (int sum : sums[row]) {
        code.zero(FLOAT).store(sum);
      }
    }
    int[] v = code.vectors(vectors);
    int factor = code.vector();
    code.loop(
        code.parameter(COUNT),
        code.parameter(ONE),
        () -> {
          for (int i = 0; i < vectors; i++) {
            code.read(FLOAT, code.parameter(V), 4L * lanes * i).store(v[i]);
          }
          for (int row = 0; row < rows; row++) {
            code.broadcastNumber(code.parameter(S), offsets[row]).store(factor);
            for (int i = 0; i < vectors; i++) {
              code.load(v[i]).load(factor).load(sums[row][i]).fma().store(sums[row][i]);
            }
          }
          code.advance(code.parameter(S), 4);
          code.advanceBy(code.parameter(V), code.parameter(V_ROW));
        });
    for (int[] ofRow : sums) {
      for (int i = 0; i < vectors; i++) {
        long at = 4L * lanes * i;
        code.load(ofRow[i]).read(FLOAT, code.parameter(C), at).add(FLOAT);
        code.write(FLOAT, code.parameter(C), at);
      }
      code.advanceBy(code.parameter(C), code.parameter(C_ROW));
    }
    code.raw().return_();
  }
}
