package dev.microtome.server.worker;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Draft;
import java.nio.file.Path;

/// What an [Engine] tells of its jobs.
interface Outlet {
  /// The file a job's result goes to that is not short.
  Path draft(JobId job);

  /// The job's turn has come.
  void began(JobId job);

  void progress(JobId job, int done, int all);

  /// The job wrote a line.
  void log(JobId job, String line);

  /// The result is written.
  void completed(JobId job, Draft draft);

  void failed(JobId job, Failure failure);
}
