package dev.microtome.server.work;

/// How an [Executor] is.
///
/// @param memory bytes its process takes, or 0 when unknown
/// @param restarts how often its process was started again
public record Condition(Phase phase, long memory, int restarts) {
  /// What it is doing.
  public enum Phase {
    STARTING,
    READY,
    BUSY,
    RESTARTING,
    STOPPED
  }
}
