package dev.microtome.server.work;

import dev.microtome.server.job.JobId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How far running jobs are. Told, not kept: after a restart nobody knows.
public final class Progress {
  private static final int HEARD = 1_000;

  private final Map<JobId, Steps> steps = new ConcurrentHashMap<>();
  private final Map<JobId, Steps> heard =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<JobId, Steps> eldest) {
              return size() > HEARD;
            }
          });
  private final List<Consumer<JobId>> listeners = new CopyOnWriteArrayList<>();
  private final List<Teller> tellers = new CopyOnWriteArrayList<>();

  /// `done` of `all` steps are done.
  public record Steps(int done, int all) {}

  /// Passes on how far a job of this process is.
  @FunctionalInterface
  public interface Teller {
    void tell(JobId job, int done, int all);
  }

  void tell(JobId job, int done, int all) {
    steps.put(job, new Steps(done, all));
    listeners.forEach(listener -> listener.accept(job));
    tellers.forEach(teller -> teller.tell(job, done, all));
  }

  /// A job is so far that runs elsewhere.
  public void hear(JobId job, int done, int all) {
    heard.put(job, new Steps(done, all));
    listeners.forEach(listener -> listener.accept(job));
  }

  void forget(JobId job) {
    steps.remove(job);
  }

  public @Nullable Steps of(JobId job) {
    Steps here = steps.get(job);
    return here == null ? heard.get(job) : here;
  }

  /// Calls `listener` whenever a job went on; it must be quick.
  public void onChange(Consumer<JobId> listener) {
    listeners.add(listener);
  }

  /// Calls `teller` whenever a job of this process went on.
  public void onStep(Teller teller) {
    tellers.add(teller);
  }
}
