package dev.microtome.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// What happens when this process is told to end (SIGTERM, ^C): a server takes no more jobs, those
/// that run end or are given back, and then everything is closed.
///
/// ```java
/// try (var end = new Termination(); var server = ModelServer.start(…)) {
///   end.await(server::drain);
/// }
/// ```
public final class Termination implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);

  /// Begins to listen.
  public Termination() {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::end));
  }

  private void end() {
    told.countDown();
    try {
      closed.await(); // the process may end once all is closed
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /// Brings what runs to an end.
  @FunctionalInterface
  public interface Drain {
    void within(Duration grace) throws InterruptedException;
  }

  /// Waits until the process is told to end, then for what runs.
  public void await(Drain drain) throws InterruptedException {
    told.await();
    drain.within(GRACE);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
