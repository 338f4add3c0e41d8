package dev.microtome.server.worker;

import java.time.Duration;

/// Whether a job has to end: somebody cancelled it, or its time is over. Asked between the nodes of
/// its graph and between the network's blocks.
final class Stop {
  private final Duration time;
  private volatile long began = System.nanoTime();
  private volatile boolean cancelled;

  /// Ends a run from within.
  static final class StoppedException extends RuntimeException {
    private final boolean late;

    StoppedException(boolean late, String message) {
      super(message, null, false, false);
      this.late = late;
    }

    /// Whether its time was over, rather than that somebody cancelled it.
    boolean isLate() {
      return late;
    }
  }

  Stop(Duration time) {
    this.time = time;
  }

  /// The time begins now.
  void begin() {
    began = System.nanoTime();
  }

  void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /// @throws StoppedException when the job has to end
  void check() {
    if (cancelled) {
      throw new StoppedException(false, "the job was cancelled");
    }
    if (System.nanoTime() - began > time.toNanos()) {
      throw new StoppedException(
          true, "the job ran for longer than its %d seconds".formatted(time.toSeconds()));
    }
  }
}
