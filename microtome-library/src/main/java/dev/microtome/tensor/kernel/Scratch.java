package dev.microtome.tensor.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Native memory of one thread for numbers between two loops, used again by the next call.
public final class Scratch {
  private static final long CACHE_LINE = 64;
  private static final ThreadLocal<Scratch> MINE = ThreadLocal.withInitial(Scratch::new);

  private MemorySegment memory = MemorySegment.NULL;

  private Scratch() {}

  /// The address of at least `bytes`, which hold anything; good until this thread asks again.
  public static long of(long bytes) {
    Scratch mine = MINE.get();
    if (mine.memory.byteSize() < bytes) {
      mine.memory =
          Arena.ofAuto().allocate(Math.max(bytes, 2 * mine.memory.byteSize()), CACHE_LINE);
    }
    return mine.memory.address();
  }
}
