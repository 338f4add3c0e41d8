package dev.microtome.server.work;

import dev.microtome.server.job.Limits;
import dev.microtome.server.queue.Database;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.LocalResults;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.queue.SqliteJobQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/// Jobs in a file and results in a folder of this machine; nobody else works on them.
///
/// @param progress of the jobs that run here
public record LocalDepot(JobQueue queue, ResultStore results, Progress progress) implements Depot {
  /// Opens or makes both in `folder`.
  public static LocalDepot open(Path folder, Limits limits, InstantSource clock)
      throws IOException {
    Database database = Database.open(folder.resolve("jobs.db"));
    return new LocalDepot(
        SqliteJobQueue.open(database, limits, clock),
        LocalResults.open(folder.resolve("results"), database, limits.storage()),
        new Progress());
  }

  @Override
  public void announce(List<Executor> own) {}

  @Override
  public List<Worker> elsewhere() {
    return List.of();
  }

  @Override
  public void close() {
    queue.close();
  }
}
