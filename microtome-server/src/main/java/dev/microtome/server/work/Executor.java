package dev.microtome.server.work;

import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Claim;
import java.util.List;

/// Owns one model and runs jobs on it: inside this process, or by a process of its own. The
/// dispatcher has one thread for each and calls [#run] from that thread alone; the other methods
/// come from any.
public interface Executor extends Worker, AutoCloseable {
  /// How many jobs it would take at once.
  int together();

  /// Runs jobs and reports on each of them, that it began and at last how it ended, in exactly one
  /// of [Reports#completed], [Reports#failed] and [Reports#lost]. Blocks; while the executor has to
  /// start its process again, that is waiting too.
  void run(List<Claim> jobs, Reports reports) throws InterruptedException;

  /// Asks for a job of the present [#run] to be given up. It still ends by a report; when it does
  /// not within five seconds, the executor ends its process and reports the others as lost.
  void cancel(JobId job);

  @Override
  void close();
}
