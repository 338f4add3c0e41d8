package dev.microtome.lowbit.kernel;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// Asks Linux to put memory on pages of 2 MB. A weight is read once from front to back, and a
/// processor fetches ahead only to the end of a page. Nothing but speed depends on it.
final class HugePages {
  private static final long PAGE = 2 << 20;
  private static final int FUTURE = 14; // MADV_HUGEPAGE
  private static final int NOW = 25; // MADV_COLLAPSE, since Linux 6.1
  private static final @Nullable MethodHandle ADVISE = advise();

  private HugePages() {}

  /// Moves the whole large pages inside `memory`; what it holds stays the same.
  static void ask(MemorySegment memory) {
    long from = Math.ceilDiv(memory.address(), PAGE) * PAGE;
    long bytes = Math.floorDiv(memory.address() + memory.byteSize(), PAGE) * PAGE - from;
    if (ADVISE == null || bytes <= 0) {
      return;
    }
    try {
      int future = (int) ADVISE.invokeExact(from, bytes, FUTURE);
      int now = (int) ADVISE.invokeExact(from, bytes, NOW);
      LoggerFactory.getLogger(HugePages.class)
          .debug("{} MB on large pages: later {}, now {}", bytes >> 20, future == 0, now == 0);
    } catch (Throwable e) {
      throw new IllegalStateException("madvise can't be called", e);
    }
  }

  @SuppressWarnings("restricted")
  private static @Nullable MethodHandle advise() {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return null;
    }
    var linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("madvise")
        .map(function ->
            linker.downcallHandle(
                function,
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT)))
        .orElse(null);
  }
}
