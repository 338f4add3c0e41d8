package dev.microtome.server.http;

import dev.microtome.server.job.JobId;
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
    private final Semaphore news = new Semaphore(0);

    private Watch(JobId job) {
      this.job = job;
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

  Watch watch(JobId job) {
    var watch = new Watch(job);
    watches.compute(
        job,
        (_, all) -> {
          Set<Watch> watching = all == null ? ConcurrentHashMap.newKeySet() : all;
          watching.add(watch);
          return watching;
        });
    return watch;
  }

  void tell(JobId job) {
    Set<Watch> all = watches.get(job);
    if (all != null) {
      all.forEach(watch -> watch.news.release());
    }
  }

  int size() {
    return watches.values().stream().mapToInt(Set::size).sum();
  }
}
