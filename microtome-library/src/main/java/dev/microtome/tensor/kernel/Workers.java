package dev.microtome.tensor.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Threads for loops of some hundred microseconds, which would be over before an ordinary pool has
/// woken up: who waits looks again and again for a moment and only then goes to sleep.
///
/// Work is cut into more parts than threads and each thread takes the next one, so that a thread
/// the machine holds up delays one part.
public final class Workers {
  private static final int LOOKS = 10_000; // some 200 us
  private static final ReentrantLock TURN = new ReentrantLock();
  private static final List<Worker> WORKERS = new ArrayList<>();

  private Workers() {}

  /// One piece of work and how far it has come.
  private static final class Job {
    final IntConsumer body;
    final int parts;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger done = new AtomicInteger();
    volatile @Nullable Throwable failure;

    Job(IntConsumer body, int parts) {
      this.body = body;
      this.parts = parts;
    }

    void work() {
      for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
        try {
          body.accept(part);
        } catch (RuntimeException | Error e) {
          failure = e;
        } finally {
          done.incrementAndGet();
        }
      }
    }
  }

  private static final class Worker extends Thread {
    private volatile @Nullable Job job;
    private volatile boolean asleep;

    Worker(int number) {
      super(null, null, "microtome-kernel-" + number, 0, false);
      setDaemon(true);
    }

    void give(Job next) {
      job = next;
      if (asleep) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      for (int looks = 0; ; looks++) {
        Job mine = job;
        if (mine != null) {
          job = null;
          mine.work();
          looks = 0;
        } else if (looks < LOOKS) {
          Thread.onSpinWait();
        } else {
          sleep();
        }
      }
    }

    private void sleep() {
      asleep = true;
      while (job == null) {
        LockSupport.park(this);
      }
      asleep = false;
    }
  }

  /// Calls `body` with each of 0 to `parts` - 1, on this thread and up to `threads` - 1 others, and
  /// returns when all are done. When the others are busy with somebody else's work this thread does
  /// it alone.
  public static void run(int threads, int parts, IntConsumer body) {
    var job = new Job(body, parts);
    if (threads > 1 && parts > 1 && TURN.tryLock()) {
      try {
        call(Math.min(threads, parts) - 1, job);
        job.work();
        await(job);
      } finally {
        TURN.unlock();
      }
    } else {
      job.work();
    }
    rethrow(job.failure);
  }

  /// Some of a row of things, from the first to before the last; touches memory only, no tensors.
  public interface Stretch {
    void run(int from, int to);
  }

  /// Calls `body` over 0 to `total`, `size` at a time, on up to `threads` threads; all at once when
  /// this thread is alone.
  public static void run(int total, int size, int threads, Stretch body) {
    if (threads <= 1 || total <= size) {
      body.run(0, total);
    } else {
      run(
          threads,
          Math.ceilDiv(total, size),
          part -> body.run(part * size, Math.min(total, (part + 1) * size)));
    }
  }

  private static void call(int others, Job job) {
    while (WORKERS.size() < others) {
      var worker = new Worker(WORKERS.size() + 1);
      worker.start();
      WORKERS.add(worker);
    }
    for (int i = 0; i < others; i++) {
      WORKERS.get(i).give(job);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // a hint to the machine, nothing is built on it
  private static void await(Job job) {
    for (int looks = 0; job.done.get() < job.parts; looks++) {
      if (looks < LOOKS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the thread we wait for may want this processor
      }
    }
  }

  private static void rethrow(@Nullable Throwable failure) {
    switch (failure) {
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      case null, default -> {}
    }
  }
}
