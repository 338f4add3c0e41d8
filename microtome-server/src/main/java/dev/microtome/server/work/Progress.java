package dev.microtome.server.work;

import dev.microtome.server.job.JobId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How far running jobs are. Told, not kept: after a restart nobody knows.
public final class Progress {
  private final Map<JobId, Steps> steps = new ConcurrentHashMap<>();
  private final List<Consumer<JobId>> listeners = new CopyOnWriteArrayList<>();

  /// `done` of `all` steps are done.
  public record Steps(int done, int all) {}

  void tell(JobId job, int done, int all) {
    steps.put(job, new Steps(done, all));
    listeners.forEach(listener -> listener.accept(job));
  }

  void forget(JobId job) {
    steps.remove(job);
  }

  public @Nullable Steps of(JobId job) {
    return steps.get(job);
  }

  /// Calls `listener` whenever a job went on; it must be quick.
  public void onChange(Consumer<JobId> listener) {
    listeners.add(listener);
  }
}
