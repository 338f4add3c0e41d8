package dev.microtome.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// A command that runs until the process is told to end: what runs then gets its time, and the
/// process ends when all is closed.
final class UntilStopped {
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final CountDownLatch closed = new CountDownLatch(1);

  /// Brings what runs to an end.
  @FunctionalInterface
  interface Drain {
    void within(Duration grace) throws InterruptedException;
  }

  /// Waits for the signal to stop; by then running jobs have ended or are given back.
  void await(Drain drain) throws InterruptedException {
    var stop = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  try {
                    drain.within(GRACE);
                    stop.countDown();
                    closed.await(); // the process may end once all is closed
                  } catch (InterruptedException hurried) {
                    stop.countDown();
                  }
                }));
    stop.await();
  }

  /// To be called when all is closed.
  void closed() {
    closed.countDown();
  }
}
