package dev.microtome.server.work;

import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.ResultStore;
import java.util.List;

/// Where jobs and results are kept, and who else works on them.
public interface Depot extends AutoCloseable {
  JobQueue queue();

  ResultStore results();

  /// How far running jobs are, wherever they run.
  Progress progress();

  /// Lets others know of the workers of this process, as long as it lives.
  void announce(List<Executor> own);

  /// Workers of other processes that take jobs from the same queue.
  List<Worker> elsewhere();

  @Override
  void close();
}
