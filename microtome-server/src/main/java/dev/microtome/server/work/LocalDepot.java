package dev.microtome.server.work;

import dev.microtome.server.job.Limits;
import dev.microtome.server.queue.FileResults;
import dev.microtome.server.queue.JobQueue;
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
    return new LocalDepot(
        SqliteJobQueue.open(folder.resolve("jobs.db"), limits, clock),
        FileResults.open(folder.resolve("results"), limits.storage()),
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
