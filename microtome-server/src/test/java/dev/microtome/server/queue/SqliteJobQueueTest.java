package dev.microtome.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.Submission;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteJobQueueTest extends JobQueueContract {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir static Path folder;
  private static int files;

  @Override
  protected JobQueue open(Limits limits, InstantSource clock) {
    return SqliteJobQueue.open(folder.resolve(++files + ".db"), limits, clock);
  }

  private static Submission job() {
    var payload = new Payload(new byte[] {1}, new byte[0]);
    return new Submission("a", "m", null, 0, Duration.ofSeconds(60), payload, null);
  }

  @Test
  void a_reopened_file_has_every_job_and_runs_what_ran(@TempDir Path folder)
      throws InterruptedException {
    Path file = folder.resolve("jobs.db");
    JobId running;
    JobId waiting;
    try (var before = SqliteJobQueue.open(file, Limits.defaults(), () -> NOW)) {
      running = before.submit(job()).job().id();
      before.claim("w", "m", 1, Duration.ZERO);
      waiting = before.submit(job()).job().id();
    }
    try (var after = SqliteJobQueue.open(file, Limits.defaults(), () -> NOW)) {
      assertThat(after.claim("w", "m", 9, Duration.ZERO))
          .extracting(c -> c.job().id())
          .containsExactly(running, waiting);
    }
  }
}
