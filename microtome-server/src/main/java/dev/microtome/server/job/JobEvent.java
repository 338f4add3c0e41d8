package dev.microtome.server.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Something that happened to a job and is kept, in order: a client that lost its connection asks
/// for what came after `number`. How far a run is, and the place in the queue, are told but not
/// kept.
public record JobEvent(long number, Instant at, What what) {
  /// What happened.
  public sealed interface What {
    /// The job went to another state.
    record Entered(JobState state, @Nullable Failure failure) implements What {}

    /// A line the job wrote.
    record Log(String line) implements What {}
  }
}
