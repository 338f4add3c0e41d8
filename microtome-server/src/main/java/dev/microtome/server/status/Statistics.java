package dev.microtome.server.status;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobState;
import dev.microtome.server.queue.JobQueue;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// What became of jobs: how many ended how since the server started, and how long the last ones
/// waited and ran.
public final class Statistics implements AutoCloseable {
  private static final int REMEMBERED = 1_000;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final JobQueue queue;
  private final InstantSource clock;
  private final JobQueue.Subscription changes;
  private final Deque<Ended> recent = new ArrayDeque<>();
  private final Map<JobState, Long> ended = new EnumMap<>(JobState.class);
  private final Map<ErrorCode, Long> errors = new EnumMap<>(ErrorCode.class);

  private record Ended(Instant at, long waitMillis, long runMillis) {}

  /// The middle and the 95th of a hundred, in milliseconds.
  public record Quantiles(long p50, long p95) {}

  /// Numbers of one moment.
  ///
  /// @param ended jobs by how they ended
  /// @param errors failed jobs by code
  public record Snapshot(
      Map<JobState, Long> ended,
      Map<ErrorCode, Long> errors,
      int endedInLastMinute,
      Quantiles waited,
      Quantiles ran) {}

  public Statistics(JobQueue queue, InstantSource clock) {
    this.queue = queue;
    this.clock = clock;
    this.changes = queue.onChange(this::look);
  }

  private void look(JobQueue.Change change) {
    Job job = change.state().isFinal() ? queue.find(change.job()) : null;
    Instant at = job == null ? null : job.ended();
    if (job != null && at != null) {
      note(job, at);
    }
  }

  private synchronized void note(Job job, Instant at) {
    ended.merge(job.state(), 1L, Long::sum);
    if (job.failure() != null) {
      errors.merge(job.failure().code(), 1L, Long::sum);
    }
    Instant started = job.started() == null ? at : job.started();
    recent.addLast(
        new Ended(
            at,
            Duration.between(job.received(), started).toMillis(),
            Duration.between(started, at).toMillis()));
    if (recent.size() > REMEMBERED) {
      recent.removeFirst();
    }
  }

  public synchronized Snapshot snapshot() {
    Instant minuteAgo = clock.instant().minus(MINUTE);
    int lastMinute = (int) recent.stream().filter(e -> e.at().isAfter(minuteAgo)).count();
    return new Snapshot(
        Map.copyOf(ended),
        Map.copyOf(errors),
        lastMinute,
        quantiles(Ended::waitMillis),
        quantiles(Ended::runMillis));
  }

  private Quantiles quantiles(ToLongFunction<Ended> what) {
    List<Long> sorted = recent.stream().map(what::applyAsLong).sorted().toList();
    return new Quantiles(at(sorted, 0.5), at(sorted, 0.95));
  }

  private static long at(List<Long> sorted, double share) {
    return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }

  @Override
  public void close() {
    changes.close();
  }
}
