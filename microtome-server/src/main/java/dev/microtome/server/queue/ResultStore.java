package dev.microtome.server.queue;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.StoredResult;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Results of jobs. A result is there completely or not at all.
public interface ResultStore {
  /// A new file, to be written and handed to [#keep].
  Path draft() throws IOException;

  /// Makes a written file the result of a job, durable when this returns. The file is taken away.
  /// Null when the job is another worker's by now, whose result nothing may replace.
  ///
  /// @throws dev.microtome.server.job.RefusedException `STORAGE_FULL` when there is no room
  @Nullable StoredResult keep(Claim claim, Path written) throws IOException;

  /// The result of a job for reading, or null when it is gone.
  @Nullable SeekableByteChannel open(JobId job) throws IOException;

  void remove(JobId job) throws IOException;
}
