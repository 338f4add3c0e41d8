package dev.microtome.server.http;

import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.JobQueue;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Wakes those who wait for news of a job. Nothing is queued for them: who is woken looks for
/// itself, so a slow reader costs nothing.
final class Changes {
  private final Map<JobId, Set<Watch>> watches = new ConcurrentHashMap<>();

  /// Somebody who waits.
  final class Watch implements AutoCloseable {
    private final JobId job;
    private final boolean onlyEnd;
    private final Semaphore news = new Semaphore(0);

    private Watch(JobId job, boolean onlyEnd) {
      this.job = job;
      this.onlyEnd = onlyEnd;
    }

    /// Waits until something happened since the last call; false when nothing did in time.
    boolean await(Duration patience) throws InterruptedException {
      boolean woken = news.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
      news.drainPermits();
      return woken;
    }

    @Override
    public void close() {
      watches.computeIfPresent(
          job,
          (_, all) -> {
            all.remove(this);
            return all.isEmpty() ? null : all;
          });
    }
  }

  /// Waits for anything.
  Watch watch(JobId job) {
    return add(new Watch(job, false));
  }

  /// Waits for the job's end alone.
  Watch watchEnd(JobId job) {
    return add(new Watch(job, true));
  }

  private Watch add(Watch watch) {
    watches.compute(
        watch.job,
        (_, all) -> {
          Set<Watch> watching = all == null ? ConcurrentHashMap.newKeySet() : all;
          watching.add(watch);
          return watching;
        });
    return watch;
  }

  void tell(JobQueue.Change change) {
    wake(change.job(), change.state().isFinal());
  }

  /// A run did another step.
  void goesOn(JobId job) {
    wake(job, false);
  }

  private void wake(JobId job, boolean isEnd) {
    for (Watch watch : watches.getOrDefault(job, Set.of())) {
      if (isEnd || !watch.onlyEnd) {
        watch.news.release();
      }
    }
  }

  int size() {
    return watches.values().stream().mapToInt(Set::size).sum();
  }
}
