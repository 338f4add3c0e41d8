package dev.microtome.lowbit.kernel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/// The kernels of this machine, each made when it is first asked for.
final class Kernels {
  private static final String MODULE = "jdk.incubator.vector";
  private static final int VECTOR_BITS = vectorBits();
  private static final Map<Key, Object> MADE = new ConcurrentHashMap<>();

  private record Key(Class<?> type, int bits, String variant, int rows) {}

  private Kernels() {}

  /// Whether vector kernels run here; otherwise their scalar twins do.
  static boolean available() {
    return VECTOR_BITS > 0;
  }

  /// 32-bit numbers in a vector; the scalar twins have one.
  static int lanes() {
    return Math.max(1, VECTOR_BITS / 32);
  }

  static ForwardKernel forward(TileLayout layout, ScaleType scales, int rowsOfX) {
    return available()
        ? made(
            new Key(ForwardKernel.class, layout.bits(), scales.name(), rowsOfX),
            ForwardKernel.class,
            VECTOR_BITS,
            code -> ForwardCode.write(code, layout, scales, rowsOfX, lanes()))
        : new ScalarForward(layout, scales, rowsOfX);
  }

  static BackwardKernel backward(TileLayout layout, ScaleType scales, int rowsOfDy) {
    return available()
        ? made(
            new Key(BackwardKernel.class, layout.bits(), scales.name(), rowsOfDy),
            BackwardKernel.class,
            VECTOR_BITS,
            code -> BackwardCode.write(code, layout, scales, rowsOfDy, lanes()))
        : new ScalarBackward(layout, scales, rowsOfDy);
  }

  /// Only where [LookupTables#available].
  static LookupKernel lookup(TileLayout layout, ScaleType scales, int rowsOfX) {
    return made(
        new Key(LookupKernel.class, layout.bits(), scales.name(), rowsOfX),
        LookupKernel.class,
        512,
        code -> LookupCode.write(code, layout, scales, rowsOfX));
  }

  /// Only where [LookupTables#available].
  static LookupTableKernel lookupTables(int bits) {
    return made(
        new Key(LookupTableKernel.class, bits, "", 1),
        LookupTableKernel.class,
        512,
        code -> LookupTableKernel.write(code, bits));
  }

  static LaneSums laneSums() {
    return available()
        ? made(
            new Key(LaneSums.class, 32, "", 1),
            LaneSums.class,
            128,
            c -> LaneSums.write(c, lanes()))
        : LaneSums::scalar;
  }

  /// @param half whether the numbers are bfloat16, else float32
  static DequantizeKernel dequantize(TileLayout layout, ScaleType scales, boolean half) {
    return available()
        ? made(
            new Key(DequantizeKernel.class, layout.bits(), scales + (half ? "Half" : ""), 1),
            DequantizeKernel.class,
            VECTOR_BITS,
            code -> DequantizeCode.write(code, layout, scales, half, lanes()))
        : new ScalarDequantize(layout, scales, half);
  }

  private static <K> K made(Key key, Class<K> type, int vectorBits, Consumer<VectorCode> body) {
    return type.cast(
        MADE.computeIfAbsent(
            key,
            k ->
                KernelCode.make(
                    type,
                    "Written%s%dx%d%s".formatted(type.getSimpleName(), k.bits, k.rows, k.variant),
                    vectorBits,
                    body)));
  }

  /// Bits of the largest vectors, or 0 where kernels would be slower than plain loops: without the
  /// module, and without the optimizing compiler.
  private static int vectorBits() {
    String missing =
        ModuleLayer.boot().findModule(MODULE).isEmpty()
            ? "Java was started without --add-modules=" + MODULE
            : System.getProperty("java.vm.info", "").matches(".*(emulated-client|interpreted).*")
                ? "Java was started without its optimizing compiler (-XX:TieredStopAtLevel)"
                : "";
    if (!missing.isEmpty()) {
      LoggerFactory.getLogger(Kernels.class)
          .warn("low-bit layers run without vector kernels, several times slower: {}", missing);
      return 0;
    }
    return Math.min(512, preferredBits());
  }

  private static int preferredBits() {
    try {
      Class<?> shape = Class.forName(MODULE + ".VectorShape");
      Object preferred = shape.getMethod("preferredShape").invoke(null);
      return (int) shape.getMethod("vectorBitSize").invoke(preferred);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the vector module is here, but its API has changed", e);
    }
  }
}
