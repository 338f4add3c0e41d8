package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

/// Fills the tables of one row of x; see [LookupTables].
interface LookupTableKernel {
  /// Writes the tables.
  ///
  /// @param x in the order of the lookups
  /// @param tables address of the first table
  /// @param step bytes from one table to the next
  /// @param patterns address of the values of the codes at each index
  void run(float[] x, long tables, long step, long patterns, int lookups, int one);

  /// Adding it leaves a whole number in the lowest bits of a float.
  float ROUNDING = 0x1.8p23f;

  /// Writes one, for vectors of 512 bits.
  static void write(VectorCode code, int bits) {
    int together = LookupTables.together(bits);
    int[] patterns = code.vectors(together);
    for (int i = 0; i < together; i++) {
      code.read(FLOAT, code.parameter(3), 64L * i).store(patterns[i]);
    }
    int rounding = code.vector();
    code.constant(FLOAT, ROUNDING).store(rounding);
    int at = code.intLocal();
    code.raw().iconst_0().istore(at);
    code.loop(
        code.parameter(4),
        code.parameter(5),
        () -> {
          half(code, patterns, rounding, at, together);
          code.shiftLeft(INT, 16);
          half(code, patterns, rounding, at, 0);
          code.bits(0xFFFF).and().or().write(INT, code.parameter(1), 0);
          code.increment(at, 2 * together);
          code.advanceBy(code.parameter(1), code.parameter(2));
        });
    code.raw().return_();
  }

  private static void half(VectorCode code, int[] patterns, int rounding, int at, int offset) {
    for (int i = 0; i < patterns.length; i++) {
      if (i == 0) {
        code.load(patterns[0]).broadcastElement(code.parameter(0), at, offset).mul(FLOAT);
      } else {
        int sum = code.vector();
        code.store(sum);
        code.load(patterns[i]).broadcastElement(code.parameter(0), at, offset + i);
        code.load(sum).fma();
      }
    }
    code.load(rounding).add(FLOAT).asInts(FLOAT);
  }

  /// The readable twin.
  static LookupTableKernel scalar(int bits) {
    return (x, tables, step, patterns, lookups, one) -> {
      int together = LookupTables.together(bits);
      for (int lookup = 0; lookup < lookups; lookup++) {
        for (int index = 0; index < 16; index++) {
          int pair = 0;
          for (int half = 0; half < 2; half++) {
            float sum = 0;
            for (int i = 0; i < together; i++) {
              long pattern = patterns + 64L * i + 4L * index;
              float value = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, pattern);
              sum = Math.fma(value, x[(2 * lookup + half) * together + i], sum);
            }
            pair |= ((int) Math.rint(sum) & 0xFFFF) << (16 * half);
          }
          Memory.ALL.set(JAVA_INT_UNALIGNED, tables + lookup * step + 4L * index, pair);
        }
      }
    };
  }
}
