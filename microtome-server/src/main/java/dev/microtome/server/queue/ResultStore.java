package dev.microtome.server.queue;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.StoredResult;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Results as files. A result is there completely or not at all.
public interface ResultStore {
  /// A new file in the store's own file system, to be written and handed to [#keep].
  Path draft() throws IOException;

  /// Makes a written file the result of a job: synced, then renamed.
  ///
  /// @throws dev.microtome.server.job.RefusedException `STORAGE_FULL` when there is no room
  StoredResult keep(JobId job, String owner, Path written) throws IOException;

  /// The result of a job for reading, or null when it is gone.
  @Nullable FileChannel open(JobId job) throws IOException;

  void remove(JobId job) throws IOException;
}
