package dev.microtome.tensor.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Copy-on-write mappings of files that may only be read, which the JDK's own mapping does not
/// offer: `mmap` with `PROT_READ | PROT_WRITE` and `MAP_PRIVATE` over a descriptor opened for
/// reading. For 64-bit Linux and macOS, where the constants are the same.
@SuppressWarnings("restricted") // every address and size passed on comes from the kernel itself
final class PosixMapping {
  private static final int O_RDONLY = 0;
  private static final int SEEK_END = 2;
  private static final int READ_AND_WRITE = 3;
  private static final int MAP_PRIVATE = 2;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle OPEN =
      find("open", INT, new MemoryLayout[] {ValueLayout.ADDRESS, INT}, variadicAfter(2));
  private static final MethodHandle CLOSE = find("close", INT, new MemoryLayout[] {INT});
  private static final MethodHandle SEEK = find("lseek", LONG, new MemoryLayout[] {INT, LONG, INT});
  private static final MethodHandle MAP =
      find("mmap", LONG, new MemoryLayout[] {LONG, LONG, INT, INT, INT, LONG});
  private static final MethodHandle UNMAP = find("munmap", INT, new MemoryLayout[] {LONG, LONG});

  private PosixMapping() {}

  private static Linker.Option variadicAfter(int named) {
    return Linker.Option.firstVariadicArg(named);
  }

  private static MethodHandle find(
      String name, MemoryLayout result, MemoryLayout[] arguments, Linker.Option... options) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        options);
  }

  /// Maps all of `file`, or gives null where the system refuses: the JDK's own ways are then worth
  /// a try (a path may have no UTF-8 form, a file system no mappings) and have the better errors.
  static @Nullable MemorySegment tryMap(Path file) throws IOException {
    try (var arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), O_RDONLY);
      if (descriptor < 0) return null;
      try {
        return map(file, descriptor);
      } finally {
        int ignored = (int) CLOSE.invokeExact(descriptor);
      }
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException("cannot map " + file, e);
    }
  }

  private static @Nullable MemorySegment map(Path file, int descriptor) throws Throwable {
    long size = (long) SEEK.invokeExact(descriptor, 0L, SEEK_END);
    long address = (long) MAP.invokeExact(0L, size, READ_AND_WRITE, MAP_PRIVATE, descriptor, 0L);
    if (address == -1) return null;
    var mapped =
        MemorySegment.ofAddress(address)
            .reinterpret(size, Arena.ofAuto(), _ -> unmap(address, size));
    FileMapping.checkUnchanged(file, size, (long) SEEK.invokeExact(descriptor, 0L, SEEK_END));
    return mapped;
  }

  private static void unmap(long address, long size) {
    try {
      int ignored = (int) UNMAP.invokeExact(address, size);
    } catch (Throwable e) {
      throw new IllegalStateException("munmap failed", e);
    }
  }
}
