package dev.microtome.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// The innermost step of libtorch's own matrix products, `c += a b`, for blocks that are in the
/// cache. It has the processor's multiply-add of two bfloat16 or four bytes, which Java has no
/// words for, and it does not lay b out anew, as a whole product does.
///
/// a is (m, k), row after row. b is (k, n), and some rows, a unit, lie side by side: `b[k /
/// unit][n][unit]`. c is (m, n), row after row.
///
/// These are functions of libtorch that Java has no names for ([InnerFunctions]). One is compiled
/// for every combination of sizes and every thread, and kept: use few combinations.
public enum BlockProduct {
  /// Numbers; c is float32.
  FLOAT32(4, 1, "_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb"),
  /// Units of two; c is float32.
  BFLOAT16(2, 2, "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb"),
  /// Bytes, without a sign in a and with one in b, in units of four; c is int32.
  INT8(1, 4, "_ZN2at6native7cpublas6brgemmEllllllbPKhPKaPib");

  private final int bytes;
  private final int unit;
  private final @Nullable MethodHandle function;

  BlockProduct(int bytes, int unit, String symbol) {
    this.bytes = bytes;
    this.unit = unit;
    function = InnerFunctions.find(symbol, types());
  }

  private static FunctionDescriptor types() {
    return FunctionDescriptor.ofVoid(
        JAVA_LONG,
        JAVA_LONG,
        JAVA_LONG,
        JAVA_LONG,
        JAVA_LONG,
        JAVA_LONG,
        JAVA_BOOLEAN,
        JAVA_LONG,
        JAVA_LONG,
        JAVA_LONG,
        JAVA_BOOLEAN);
  }

  /// Whether libtorch has it and this processor the instructions; no other method may be called
  /// where not.
  public boolean available() {
    return function != null && torch.globalContext().userEnabledMkldnn();
  }

  /// Bytes of a number of a and b.
  public int bytes() {
    return bytes;
  }

  /// Rows of b that lie side by side; k must be a multiple.
  public int unit() {
    return unit;
  }

  /// Sizes, in numbers, and from where to where rows are apart, also in numbers (of c for c).
  public record Sizes(int m, int n, int k, long aRow, long bRow, long cRow) {}

  /// `c += a b`, or `c = a b` where it is not to `add`. The caller has checked all memory.
  public void run(Sizes sizes, long a, long b, long c, boolean add) {
    try {
      Objects.requireNonNull(function)
          .invokeExact(
              (long) sizes.m,
              (long) sizes.n,
              (long) sizes.k,
              sizes.aRow,
              sizes.bRow,
              sizes.cRow,
              add,
              a,
              b,
              c,
              unit > 1);
    } catch (Throwable impossible) {
      throw new AssertionError("a native function can't throw", impossible);
    }
  }

  /// Gives back what this thread's products have set up in the processor.
  public static void release() {
    InnerFunctions.release();
  }
}
