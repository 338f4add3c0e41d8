package dev.microtome.tensor;

import java.lang.ref.Cleaner;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Counts the bytes of live tensors and asks for a garbage collection when a budget is passed.
///
/// The JVM sees a tensor of 40 MB as an object of 40 bytes and would never collect it in time.
/// Forgetting to free is therefore slow, never wrong. The budget is 512 MiB or
/// `-Dmicrotome.memory.budget=BYTES`; when more than that is really in use, it grows with it. With
/// `-Dmicrotome.memory.limit=BYTES` there is an end to that: a [MemoryLimitException].
final class NativeMemory {
  static final Cleaner CLEANER = Cleaner.create();

  private static final long BUDGET = Long.getLong("microtome.memory.budget", 512L << 20);
  private static final long LIMIT = Long.getLong("microtome.memory.limit", Long.MAX_VALUE);
  private static final AtomicLong LIVE = new AtomicLong();
  private static volatile long threshold = BUDGET;
  private static final CopyOnWriteArrayList<PeakMemory> WATCHES = new CopyOnWriteArrayList<>();
  private static volatile boolean watched;

  private NativeMemory() {}

  /// Bytes owned by tensors that were neither closed nor collected.
  static long liveBytes() {
    return LIVE.get();
  }

  static void allocated(long bytes) {
    long live = LIVE.addAndGet(bytes);
    if (watched) {
      WATCHES.forEach(watch -> watch.see(live));
    }
    if (live > Math.min(threshold, LIMIT)) {
      collect();
      refuseMoreThanAllowed();
    }
  }

  private static void refuseMoreThanAllowed() {
    if (LIVE.get() > LIMIT) {
      awaitCleaner();
      long live = LIVE.get();
      if (live > LIMIT) {
        throw new MemoryLimitException(live, LIMIT);
      }
    }
  }

  static synchronized void watch(PeakMemory watch) {
    WATCHES.add(watch);
    watched = true;
  }

  static synchronized void unwatch(PeakMemory watch) {
    WATCHES.remove(watch);
    watched = !WATCHES.isEmpty();
  }

  static void freed(long bytes) {
    LIVE.addAndGet(-bytes);
  }

  private static synchronized void collect() {
    if (LIVE.get() <= Math.min(threshold, LIMIT)) {
      return; // another thread has just collected
    }
    awaitCleaner();
    // It has come to this collection's tensors: give it a moment, and longer while it works.
    long before = LIVE.get();
    for (int millis = 0; millis < 500 && LIVE.get() > BUDGET / 2; millis++) {
      if (millis % 20 == 19) {
        if (LIVE.get() >= before) {
          break; // what is left is in use
        }
        before = LIVE.get();
      }
      LockSupport.parkNanos(1_000_000);
    }
    threshold = Math.max(BUDGET, LIVE.get() + LIVE.get() / 2);
  }

  /// Collects, and waits until the cleaner has begun with what was found: on a busy machine its
  /// thread may come late.
  private static void awaitCleaner() {
    var begun = new CountDownLatch(1);
    CLEANER.register(new Object(), begun::countDown);
    System.gc();
    try {
      boolean _ = begun.await(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
