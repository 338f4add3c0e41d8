package dev.microtome.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Asks the OpenBLAS that libtorch has loaded about itself; bytedeco does not map these functions.
@SuppressWarnings("restricted") // native calls: the functions and their types are fixed
final class Blas {
  private static final List<String> NAMES =
      List.of("libopenblas.so.0", "libopenblas.0.dylib", "libopenblas.dll");

  private Blas() {}

  static String info() {
    Natives.load();
    try (var arena = Arena.ofConfined()) {
      SymbolLookup blas = loaded(arena);
      return call(blas, "openblas_get_config").strip()
          + ", core "
          + call(blas, "openblas_get_corename");
    } catch (IllegalArgumentException notOpenBlas) {
      return "not OpenBLAS, or one that says nothing of itself";
    }
  }

  /// By name alone: the linker answers with the library that is in memory already.
  private static SymbolLookup loaded(Arena arena) {
    IllegalArgumentException last = new IllegalArgumentException();
    for (String name : NAMES) {
      try {
        return SymbolLookup.libraryLookup(name, arena);
      } catch (IllegalArgumentException otherSystem) {
        last = otherSystem;
      }
    }
    throw last;
  }

  private static String call(SymbolLookup library, String function) {
    MemorySegment address =
        library.find(function).orElseThrow(() -> new IllegalArgumentException(function));
    try {
      var text =
          (MemorySegment)
              Linker.nativeLinker()
                  .downcallHandle(address, FunctionDescriptor.of(ValueLayout.ADDRESS))
                  .invokeExact();
      return text.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (Throwable e) {
      throw new IllegalArgumentException(function, e);
    }
  }
}
