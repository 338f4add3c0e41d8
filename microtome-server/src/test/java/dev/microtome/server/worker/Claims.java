package dev.microtome.server.worker;

import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Payload;
import dev.microtome.server.queue.Claim;
import java.time.Duration;
import java.time.Instant;

/// Claims as a queue would give them.
final class Claims {
  private Claims() {}

  static Claim of(Payload payload) {
    return of(payload, Duration.ofSeconds(60));
  }

  static Claim of(Payload payload, Duration time) {
    var job =
        new Job(
            JobId.random(),
            "me",
            "facts",
            null,
            0,
            time,
            JobState.RUNNING,
            0,
            1,
            Instant.EPOCH,
            null,
            null,
            null,
            null);
    return new Claim(job, payload, "worker", 1);
  }
}
