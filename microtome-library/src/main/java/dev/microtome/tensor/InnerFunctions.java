package dev.microtome.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Functions of libtorch that bytedeco does not map, by the names the linker knows. Such a name
/// holds the types of all arguments: where libtorch has changed a function, the name is gone and
/// nothing is found, as on systems whose compilers make up other names.
@SuppressWarnings("restricted") // native calls: the functions and their types are fixed
final class InnerFunctions {
  /// Asked for instructions it lacks, libtorch throws an exception that nobody here can catch: so
  /// only on processors where all of them are.
  private static final List<String> NEEDED = List.of("avx512_bf16", "avx512_vnni", "avx512vl");

  /// Keep oneDNN from using what the processor has.
  private static final List<String> LIMITS = List.of("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA");

  private static final @Nullable SymbolLookup LIBTORCH = libtorch();
  private static final @Nullable MethodHandle RELEASE =
      found("_ZN2at6native7cpublas14brgemm_releaseEb", FunctionDescriptor.ofVoid(JAVA_BOOLEAN));

  private InnerFunctions() {}

  static @Nullable MethodHandle find(String name, FunctionDescriptor types) {
    return RELEASE == null ? null : found(name, types);
  }

  private static @Nullable MethodHandle found(String name, FunctionDescriptor types) {
    return LIBTORCH == null
        ? null
        : LIBTORCH
            .find(name)
            .map(address -> Linker.nativeLinker().downcallHandle(address, types))
            .orElse(null);
  }

  static void release() {
    try {
      if (RELEASE != null) {
        RELEASE.invokeExact(true);
      }
    } catch (Throwable impossible) {
      throw new AssertionError("a native function can't throw", impossible);
    }
  }

  /// By name alone: the linker answers with the library that is in memory already.
  private static @Nullable SymbolLookup libtorch() {
    Natives.load();
    if (LIMITS.stream().anyMatch(limit -> System.getenv(limit) != null) || !hasInstructions()) {
      return null;
    }
    try {
      return SymbolLookup.libraryLookup("libtorch_cpu.so", Arena.global());
    } catch (IllegalArgumentException otherSystem) {
      return null;
    }
  }

  private static boolean hasInstructions() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> Arrays.asList(line.split("\\s+")).containsAll(NEEDED))
          .orElse(false);
    } catch (IOException | java.io.UncheckedIOException notLinux) {
      return false;
    }
  }
}
