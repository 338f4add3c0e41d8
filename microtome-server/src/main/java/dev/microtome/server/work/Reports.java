package dev.microtome.server.work;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Draft;
import java.nio.file.Path;

/// What an [Executor] tells of the jobs it runs.
public interface Reports {
  /// A file for a result that is not short.
  Path draft();

  /// The job's turn has come, and its time begins; until then others of the same run had theirs.
  void began(JobId job);

  /// `done` of `all` steps are done.
  void progress(JobId job, int done, int all);

  void log(JobId job, String line);

  /// The result is there, in the form of a safetensors file.
  void completed(JobId job, Draft draft);

  void failed(JobId job, Failure failure);

  /// The job did not end because what ran it did; `guilty` when the job itself may be why. It is
  /// tried once more.
  void lost(JobId job, Failure failure, boolean guilty);
}
