package dev.microtome.server.worker;

import dev.microtome.server.job.Limits;
import dev.microtome.trace.Watch;
import java.util.List;

/// Stands beside a run of jobs: ends it when one is to stop, and passes on what it logs, as much as
/// is kept and one line more, so that the queue knows.
final class Lines implements Watch {
  private static final int MOST = Limits.defaults().queueing().logLines() + 1;

  private final List<Task> tasks;
  private final Outlet outlet;
  private int lines;

  Lines(List<Task> tasks, Outlet outlet) {
    this.tasks = tasks;
    this.outlet = outlet;
  }

  @Override
  public void between() {
    tasks.forEach(task -> task.stop().check());
  }

  /// Jobs that log run alone; see [Task#isSharable].
  @Override
  public void log(String line) {
    if (lines++ < MOST) {
      outlet.log(tasks.getFirst().id(), line);
    }
  }
}
