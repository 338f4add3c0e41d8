package dev.microtome.lowbit.kernel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/// The kernels of this machine, each made when it is first asked for, and compiled when it first
/// meets a large weight.
final class Kernels {
  private static final String MODULE = "jdk.incubator.vector";
  private static final int VECTOR_BITS = vectorBits();
  private static final Map<Key, Made> MADE = new ConcurrentHashMap<>();

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
    if (!available()) {
      return new ScalarForward(layout, scales, rowsOfX);
    }
    var key = new Key(ForwardKernel.class, layout.bits(), scales.name(), rowsOfX);
    var made =
        made(key, VECTOR_BITS, code -> ForwardCode.write(code, layout, scales, rowsOfX, lanes()));
    var kernel = (ForwardKernel) made.kernel;
    made.warm(layout, () -> WarmUp.forward(kernel, layout.bits(), scales, rowsOfX));
    return kernel;
  }

  static BackwardKernel backward(TileLayout layout, ScaleType scales, int rowsOfDy) {
    if (!available()) {
      return new ScalarBackward(layout, scales, rowsOfDy);
    }
    var key = new Key(BackwardKernel.class, layout.bits(), scales.name(), rowsOfDy);
    var made =
        made(key, VECTOR_BITS, code -> BackwardCode.write(code, layout, scales, rowsOfDy, lanes()));
    var kernel = (BackwardKernel) made.kernel;
    made.warm(layout, () -> WarmUp.backward(kernel, layout.bits(), scales, rowsOfDy));
    return kernel;
  }

  /// Only where [LookupTables#available].
  static LookupKernel lookup(TileLayout layout, ScaleType scales, int rowsOfX) {
    var key = new Key(LookupKernel.class, layout.bits(), scales.name(), rowsOfX);
    var made = made(key, 512, code -> LookupCode.write(code, layout, scales, rowsOfX));
    var kernel = (LookupKernel) made.kernel;
    made.warm(layout, () -> WarmUp.lookup(kernel, layout.bits(), scales, rowsOfX));
    return kernel;
  }

  /// Only where [LookupTables#available].
  static LookupTableKernel lookupTables(TileLayout layout) {
    int bits = layout.bits();
    var key = new Key(LookupTableKernel.class, bits, "", 1);
    var made = made(key, 512, code -> LookupTableKernel.write(code, bits));
    var kernel = (LookupTableKernel) made.kernel;
    made.warm(layout, () -> WarmUp.lookupTables(kernel, bits));
    return kernel;
  }

  static LaneSums laneSums(TileLayout layout) {
    if (!available()) {
      return LaneSums::scalar;
    }
    var key = new Key(LaneSums.class, 32, "", 1);
    var made = made(key, VECTOR_BITS, code -> LaneSums.write(code, lanes()));
    var kernel = (LaneSums) made.kernel;
    made.warm(layout, () -> WarmUp.laneSums(kernel));
    return kernel;
  }

  static DequantizeKernel dequantize(TileLayout layout, ScaleType scales, PieceForm form) {
    if (!available()) {
      return form == PieceForm.CODES
          ? new ScalarQuads(layout)
          : new ScalarDequantize(layout, scales, form);
    }
    var key = new Key(DequantizeKernel.class, layout.bits(), scales + form.name(), 1);
    var made =
        made(
            key,
            VECTOR_BITS,
            code -> {
              if (form == PieceForm.CODES) {
                QuadCode.write(code, layout, scales, lanes());
              } else {
                DequantizeCode.write(code, layout, scales, form, lanes());
              }
            });
    var kernel = (DequantizeKernel) made.kernel;
    made.warm(layout, () -> WarmUp.dequantize(kernel, layout.bits(), scales));
    return kernel;
  }

  static PanelKernel panel(TileLayout layout, int rows, int vectors) {
    if (!available()) {
      return new ScalarPanel(rows, vectors);
    }
    var key = new Key(PanelKernel.class, 32, "x" + vectors, rows);
    var made = made(key, VECTOR_BITS, code -> PanelCode.write(code, rows, vectors, lanes()));
    var kernel = (PanelKernel) made.kernel;
    made.warm(layout, () -> WarmUp.panel(kernel, rows, vectors));
    return kernel;
  }

  static IntegerSumsKernel integerSums(TileLayout layout, ScaleType scales) {
    if (!available()) {
      return new ScalarIntegerSums(layout, scales);
    }
    var key = new Key(IntegerSumsKernel.class, layout.bits(), scales.name(), 1);
    var made = made(key, VECTOR_BITS, code -> IntegerSumsCode.write(code, layout, scales, lanes()));
    var kernel = (IntegerSumsKernel) made.kernel;
    made.warm(layout, () -> WarmUp.integerSums(kernel));
    return kernel;
  }

  private static Made made(Key key, int vectorBits, Consumer<VectorCode> body) {
    return MADE.computeIfAbsent(
        key,
        k ->
            new Made(
                KernelCode.make(
                    k.type,
                    "Written%s%dx%d%s".formatted(k.type.getSimpleName(), k.bits, k.rows, k.variant),
                    vectorBits,
                    body)));
  }

  /// A kernel, and whether HotSpot has compiled it.
  private static final class Made {
    final Object kernel;
    private volatile boolean warm;

    Made(Object kernel) {
      this.kernel = kernel;
    }

    void warm(TileLayout layout, Runnable warmUp) {
      if (!warm && WarmUp.paysFor(layout)) {
        synchronized (this) {
          if (!warm) {
            warmUp.run();
            warm = true;
          }
        }
      }
    }
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
