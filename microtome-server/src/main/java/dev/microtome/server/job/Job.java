package dev.microtome.server.job;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A job as the queue knows it.
///
/// @param time how long it may run
/// @param position how many jobs for the same model go first, when queued; else 0
/// @param attempts how often it was started
/// @param failure why it failed, or null
/// @param result what it left, or null
public record Job(
    JobId id,
    String owner,
    String model,
    @Nullable String adapter,
    int priority,
    Duration time,
    JobState state,
    int position,
    int attempts,
    Instant received,
    @Nullable Instant started,
    @Nullable Instant ended,
    @Nullable Failure failure,
    @Nullable StoredResult result) {

  /// The job when it is started, perhaps once more.
  public Job started(Instant now) {
    return new Job(
        id,
        owner,
        model,
        adapter,
        priority,
        time,
        JobState.RUNNING,
        0,
        attempts + 1,
        received,
        started == null ? now : started,
        ended,
        failure,
        result);
  }

  /// The queued job, with so many before it.
  public Job at(int place) {
    return new Job(
        id, owner, model, adapter, priority, time, state, place, attempts, received, started, ended,
        failure, result);
  }
}
