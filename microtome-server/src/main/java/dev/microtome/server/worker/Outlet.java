package dev.microtome.server.worker;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import java.nio.file.Path;

/// What an [Engine] tells of its jobs.
interface Outlet {
  /// The file a job's result goes to.
  Path draft(JobId job);

  /// The job's turn has come.
  void began(JobId job);

  void progress(JobId job, int done, int all);

  /// The job wrote a line.
  void log(JobId job, String line);

  /// The result is written to `draft`.
  void completed(JobId job, Path draft);

  void failed(JobId job, Failure failure);
}
