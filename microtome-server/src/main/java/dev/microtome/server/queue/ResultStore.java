package dev.microtome.server.queue;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.StoredResult;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Results of jobs. A result is there completely or not at all.
public interface ResultStore {
  /// A new file for a result that is not [Draft#SHORT], to be written and handed to [#keep].
  Path draft() throws IOException;

  /// Makes a draft the result of a job and discards it. The result outlives this process when this
  /// returns, and a loss of power when the job has ended with it. Null when the job is another
  /// worker's by now, whose result nothing may replace.
  ///
  /// @throws dev.microtome.server.job.RefusedException `STORAGE_FULL` when there is no room
  @Nullable StoredResult keep(Claim claim, Draft draft) throws IOException;

  /// The result of a job for reading, or null when it is gone.
  @Nullable StoredBytes open(JobId job) throws IOException;

  void remove(JobId job) throws IOException;
}
