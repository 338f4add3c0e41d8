package dev.microtome.server.worker;

import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Claim;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// When running jobs have to be over even if nothing in them stops: a little after their time, in
/// which they may still end by themselves.
final class Deadlines {
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final Map<JobId, Long> ends = new ConcurrentHashMap<>();

  /// The job's turn has come.
  void begin(@Nullable Claim claim) {
    if (claim != null) {
      ends.put(claim.job().id(), System.nanoTime() + claim.job().time().plus(GRACE).toNanos());
    }
  }

  void forget(JobId job) {
    ends.remove(job);
  }

  void clear() {
    ends.clear();
  }

  boolean isAnyPassed() {
    long now = System.nanoTime();
    return ends.values().stream().anyMatch(end -> now - end > 0);
  }
}
