package dev.microtome.server.queue;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.Submission;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// How jobs come into an [SqliteJobQueue]: the same one once, and as many as there is room for.
final class Intake {
  private final Database database;
  private final JobTable table;
  private final Limits.Queueing limits;
  private final InstantSource clock;

  Intake(Database database, JobTable table, Limits.Queueing limits, InstantSource clock) {
    this.database = database;
    this.table = table;
    this.limits = limits;
    this.clock = clock;
  }

  private record Earlier(JobId id, String digest) {}

  /// The job that was handed in before under this key, or null.
  @Nullable JobId earlier(String owner, @Nullable String idempotencyKey, String digest) {
    if (idempotencyKey == null) {
      return null;
    }
    Earlier earlier =
        database.first(
            row -> new Earlier(new JobId(row.getString(1)), row.getString(2)),
            "SELECT id, digest FROM job WHERE owner = ? AND idempotency = ?",
            owner,
            idempotencyKey);
    if (earlier != null && !earlier.digest().equals(digest)) {
      throw Rules.otherBody();
    }
    return earlier == null ? null : earlier.id();
  }

  @Nullable JobId earlier(String owner, String idempotencyKey, Payload payload) {
    return earlier(owner, idempotencyKey, payload.digest());
  }

  /// A job that came in.
  record Came(JobId id, boolean isNew) {}

  /// Takes a job in, or finds the same.
  Came take(Submission submission) {
    String digest = submission.payload().digest();
    return database.soon(() -> {
      JobId same = earlier(submission.owner(), submission.idempotencyKey(), digest);
      if (same != null) {
        return new Came(same, false);
      }
      requireRoom(submission.owner());
      var id = JobId.random();
      table.insert(id, submission, digest, clock.instant());
      return new Came(id, true);
    });
  }

  private void requireRoom(String owner) {
    long own =
        database.number("SELECT COUNT(*) FROM job WHERE state = 'QUEUED' AND owner = ?", owner);
    if (own >= limits.queuedPerKey()) {
      throw Rules.shareIsFull(own, limits);
    }
    if (database.number("SELECT COUNT(*) FROM job WHERE state = 'QUEUED'") >= limits.queued()) {
      throw Rules.queueIsFull(limits);
    }
  }
}
