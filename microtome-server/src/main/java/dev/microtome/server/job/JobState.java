package dev.microtome.server.job;

/// Where a job stands. It only ever moves forward: a job whose worker died stays `RUNNING` until
/// another one takes it.
public enum JobState {
  RECEIVED,
  QUEUED,
  RUNNING,
  COMPLETED,
  FAILED,
  CANCELLED;

  /// Whether nothing will happen to the job any more.
  public boolean isFinal() {
    return this == COMPLETED || this == FAILED || this == CANCELLED;
  }

  /// Whether a job may go from here to `next`.
  public boolean mayBecome(JobState next) {
    return !isFinal() && compareTo(next) < 0 && (next != COMPLETED || this == RUNNING);
  }
}
