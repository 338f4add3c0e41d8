package dev.microtome.server.queue;

import dev.microtome.server.job.JobId;
import org.jspecify.annotations.Nullable;

/// Short results as rows beside their jobs: nobody waits for the disk twice, since what is written
/// before the end of a job is on disk with it.
final class ResultTable {
  private final Database database;

  /// Hears of a row.
  interface Row {
    void found(JobId job, String owner, long bytes);
  }

  ResultTable(Database database) {
    this.database = database;
    database.update(
        "CREATE TABLE IF NOT EXISTS result (id TEXT PRIMARY KEY, owner TEXT, content BLOB)");
  }

  void each(Row row) {
    database.list(
        found -> {
          row.found(new JobId(found.getString(1)), found.getString(2), found.getLong(3));
          return true;
        },
        "SELECT id, owner, LENGTH(content) FROM result");
  }

  void put(JobId job, String owner, byte[] content) {
    database.soon(() ->
        database.update(
            "INSERT OR REPLACE INTO result VALUES (?, ?, ?)", job.text(), owner, content));
  }

  byte @Nullable [] find(JobId job) {
    return database.first(
        row -> row.getBytes(1), "SELECT content FROM result WHERE id = ?", job.text());
  }

  void remove(JobId job) {
    database.soon(() -> database.update("DELETE FROM result WHERE id = ?", job.text()));
  }
}
