package dev.microtome.lowbit.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Threads that share the tiles of a product with the calling one. Libtorch's own threads can't run
/// Java.
///
/// A piece of work is cut into parts that whoever is free takes; the caller works too and returns
/// when every part is done, so a thread the system has put aside never holds it up longer than its
/// own part. Waiting threads spin for some microseconds, because the next layer comes soon, and
/// then sleep.
final class Workers {
  private static final int SPINS = 4000;
  private static final List<Worker> WORKERS = new ArrayList<>();
  private static volatile @Nullable Work current;

  /// Some parts, from the first to before the last; touches memory only, no tensors.
  interface Part {
    void run(int from, int to);
  }

  private Workers() {}

  /// Runs `part` over 0 to `total`, `size` at a time, on up to `threads` threads.
  static void run(int total, int size, int threads, Part part) {
    if (threads <= 1 || total <= size) {
      part.run(0, total);
      return;
    }
    var work = new Work(part, total, size, threads - 1);
    current = work;
    wake(threads - 1);
    work.take();
    work.await();
  }

  private static void wake(int count) {
    synchronized (WORKERS) {
      while (WORKERS.size() < count) {
        var worker = new Worker(WORKERS.size() + 1);
        worker.setDaemon(true);
        WORKERS.add(worker);
        worker.start();
      }
      for (int i = 0; i < count; i++) {
        LockSupport.unpark(WORKERS.get(i));
      }
    }
  }

  private static final class Work {
    private volatile @Nullable Part part;
    private final int total;
    private final int size;
    private final int parts;
    private final AtomicInteger places;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private volatile @Nullable Throwable failure;

    Work(Part part, int total, int size, int helpers) {
      this.part = part;
      this.total = total;
      this.size = size;
      parts = Math.ceilDiv(total, size);
      places = new AtomicInteger(helpers);
    }

    void help() {
      if (places.getAndDecrement() > 0) {
        take();
      }
    }

    void take() {
      Part own = part;
      for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
        try {
          Objects.requireNonNull(own).run(i * size, Math.min(total, (i + 1) * size));
        } catch (Throwable e) { // to the caller, below
          failure = e;
        }
        done.incrementAndGet();
      }
    }

    void await() {
      while (done.get() < parts) {
        Thread.onSpinWait();
      }
      part = null; // it holds on to tensors
      Throwable failed = failure;
      if (failed != null) {
        throw new IllegalStateException("a kernel failed", failed);
      }
    }
  }

  private static final class Worker extends Thread {
    Worker(int number) {
      super("microtome-kernel-" + number);
    }

    @Override
    public void run() {
      Work seen = null;
      while (true) {
        Work work = current;
        for (int spins = 0; work == seen; work = current) {
          if (spins++ < SPINS) {
            Thread.onSpinWait();
          } else {
            LockSupport.park(Workers.class);
          }
        }
        seen = work;
        if (work != null) {
          work.help();
        }
      }
    }
  }
}
