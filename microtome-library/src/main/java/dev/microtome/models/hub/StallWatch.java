package dev.microtome.models.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Closes a stream that gives nothing for too long, so that who reads from it gets an error instead
/// of waiting forever.
final class StallWatch implements AutoCloseable {
  private final AtomicLong reads = new AtomicLong();
  private final Thread watcher;

  StallWatch(InputStream in, Duration patience) {
    watcher = Thread.ofVirtual().name("hub-stall-watch").start(() -> watch(in, patience));
  }

  private void watch(InputStream in, Duration patience) {
    try {
      long before = -1;
      while (before != reads.get()) {
        before = reads.get();
        Thread.sleep(patience);
      }
      in.close();
    } catch (InterruptedException | IOException _) {
      // done, or closed already
    }
  }

  void progress() {
    reads.incrementAndGet();
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
