package dev.microtome.server.queue;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tables of an [SqliteJobQueue], and jobs as their rows. Times are milliseconds since 1970.
final class JobTable {
  private static final List<String> SCHEMA =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS job (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            owner TEXT NOT NULL, model TEXT NOT NULL, adapter TEXT, priority INTEGER NOT NULL,
            time INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
            received INTEGER NOT NULL, started INTEGER, ended INTEGER,
            worker TEXT, lease INTEGER NOT NULL DEFAULT 0, lines INTEGER NOT NULL DEFAULT 0,
            code TEXT, kind TEXT, message TEXT, trace INTEGER, node INTEGER, path TEXT,
            sha256 TEXT, bytes INTEGER, idempotency TEXT, digest TEXT NOT NULL)\
          """,
          "CREATE INDEX IF NOT EXISTS job_state ON job(state, model, owner)",
          "CREATE INDEX IF NOT EXISTS job_owner ON job(owner, sequence)",
          "CREATE INDEX IF NOT EXISTS job_ended ON job(ended) WHERE ended IS NOT NULL",
          "CREATE UNIQUE INDEX IF NOT EXISTS job_again ON job(owner, idempotency)"
              + " WHERE idempotency IS NOT NULL",
          "CREATE TABLE IF NOT EXISTS payload (id TEXT PRIMARY KEY, json BLOB, tensors BLOB)",
          "CREATE TABLE IF NOT EXISTS event (id TEXT, number INTEGER, at INTEGER, state TEXT,"
              + " line TEXT, PRIMARY KEY (id, number)) WITHOUT ROWID",
          "CREATE TABLE IF NOT EXISTS settled (times INTEGER)",
          "INSERT INTO settled SELECT 0 WHERE NOT EXISTS (SELECT * FROM settled)");

  static final String COLUMNS =
      "id, owner, model, adapter, priority, time, state, attempts, received, started, ended, code,"
          + " kind, message, trace, node, path, sha256, bytes";

  private final Database database;

  JobTable(Database database) {
    this.database = database;
    database.transaction(() -> {
      SCHEMA.forEach(database::update);
      return null;
    });
  }

  /// Makes all that was written before outlive a loss of power: the log comes to disk in its order.
  void settle() {
    database.update("UPDATE settled SET times = times + 1");
  }

  void insert(JobId id, Submission submission, String digest, Instant now) {
    database.update(
        "INSERT INTO job (id, owner, model, adapter, priority, time, state, received, idempotency,"
            + " digest) VALUES (?, ?, ?, ?, ?, ?, 'QUEUED', ?, ?, ?)",
        id.text(),
        submission.owner(),
        submission.model(),
        submission.adapter(),
        submission.priority(),
        submission.time().toMillis(),
        now.toEpochMilli(),
        submission.idempotencyKey(),
        digest);
    database.update(
        "INSERT INTO payload VALUES (?, ?, ?)",
        id.text(),
        submission.payload().json(),
        submission.payload().tensors());
    addEvent(id, now, JobState.RECEIVED, null);
    addEvent(id, now, JobState.QUEUED, null);
  }

  void addEvent(JobId id, Instant now, @Nullable JobState state, @Nullable String line) {
    database.update(
        "INSERT INTO event SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ? FROM event WHERE id = ?",
        id.text(),
        now.toEpochMilli(),
        state == null ? null : state.name(),
        line,
        id.text());
  }

  /// Ends a job unless it has ended.
  boolean end(
      JobId id,
      JobState state,
      Instant now,
      @Nullable Failure failure,
      @Nullable StoredResult result) {
    int changed =
        database.update(
            "UPDATE job SET state = ?, ended = ?, worker = NULL, lease = 0, code = ?, kind = ?,"
                + " message = ?, trace = ?, node = ?, path = ?, sha256 = ?, bytes = ?"
                + " WHERE id = ? AND ended IS NULL",
            state.name(),
            now.toEpochMilli(),
            failure == null ? null : failure.code().name(),
            failure == null ? null : failure.kind(),
            failure == null ? null : failure.message(),
            failure == null ? null : failure.trace(),
            failure == null ? null : failure.node(),
            failure == null ? null : failure.path(),
            result == null ? null : result.sha256(),
            result == null ? null : result.bytes(),
            id.text());
    if (changed == 0) {
      return false;
    }
    database.update("DELETE FROM payload WHERE id = ?", id.text());
    addEvent(id, now, state, null);
    return true;
  }

  @Nullable Job find(JobId id) {
    return database.first(JobTable::job, "SELECT " + COLUMNS + " FROM job WHERE id = ?", id.text());
  }

  @Nullable Payload payload(JobId id) {
    return database.first(
        row -> new Payload(row.getBytes(1), row.getBytes(2)),
        "SELECT json, tensors FROM payload WHERE id = ?",
        id.text());
  }

  List<JobEvent> events(JobId id, long after) {
    return database.list(
        row -> new JobEvent(row.getLong(1), instant(row.getLong(2)), what(row, id)),
        "SELECT number, at, state, line FROM event WHERE id = ? AND number > ? ORDER BY number",
        id.text(),
        after);
  }

  private JobEvent.What what(ResultSet row, JobId id) throws SQLException {
    String state = row.getString(3);
    if (state == null) {
      return new JobEvent.What.Log(row.getString(4));
    }
    JobState entered = JobState.valueOf(state);
    Job job = entered == JobState.FAILED ? find(id) : null;
    return new JobEvent.What.Entered(entered, job == null ? null : job.failure());
  }

  static Job job(ResultSet row) throws SQLException {
    String code = row.getString("code");
    String sha256 = row.getString("sha256");
    return new Job(
        new JobId(row.getString("id")),
        row.getString("owner"),
        row.getString("model"),
        row.getString("adapter"),
        row.getInt("priority"),
        Duration.ofMillis(row.getLong("time")),
        JobState.valueOf(row.getString("state")),
        0,
        row.getInt("attempts"),
        instant(row.getLong("received")),
        maybe(row, "started"),
        maybe(row, "ended"),
        code == null ? null : failure(row, code),
        sha256 == null ? null : new StoredResult(sha256, row.getLong("bytes")));
  }

  private static Failure failure(ResultSet row, String code) throws SQLException {
    return new Failure(
        ErrorCode.valueOf(code),
        row.getString("kind"),
        row.getString("message"),
        row.getInt("trace"),
        row.getInt("node"),
        row.getString("path"));
  }

  private static @Nullable Instant maybe(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : instant(millis);
  }

  private static Instant instant(long millis) {
    return Instant.ofEpochMilli(millis);
  }
}
