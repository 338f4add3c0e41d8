package dev.microtome.trace;

/// Stands beside runs: may end them, and hears what they log.
@FunctionalInterface
public interface Watch {
  /// A node is about to run; whatever this throws ends the run.
  void between();

  /// The run logged a line ([Trace#log]); at first it goes to the logger of [Trace].
  default void log(String line) {
    LogLine.tell(line);
  }
}
