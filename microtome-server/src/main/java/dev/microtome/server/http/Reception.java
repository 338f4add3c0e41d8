package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.Submission;
import dev.microtome.server.protocol.JobHead;
import dev.microtome.server.protocol.JobReader;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.work.CostMemory;
import dev.microtome.server.work.Costing;
import java.time.Duration;
import java.time.InstantSource;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Takes jobs in: each once, so many a minute, after they were checked and weighed.
final class Reception {
  private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[!-~]{1,128}");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final JobQueue queue;
  private final Hosting hosting;
  private final Costing costing;
  private final CostMemory costs = new CostMemory();
  private final JobReader reader;
  private final Rates submits;
  private final int mostAMinute;

  Reception(JobQueue queue, Hosting hosting, Costing costing, Limits limits, InstantSource clock) {
    this.queue = queue;
    this.hosting = hosting;
    this.costing = costing;
    this.reader = new JobReader(limits);
    this.submits = new Rates(MINUTE, clock);
    this.mostAMinute = limits.queueing().submitsPerMinute();
  }

  /// What is handed in again costs nothing: neither a look at it nor a share of the minute.
  JobQueue.Submitted take(String owner, Payload payload, @Nullable String again) {
    if (again != null && !IDEMPOTENCY_KEY.matcher(again).matches()) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST, "an Idempotency-Key is 1 to 128 visible ASCII characters");
    }
    Job earlier = again == null ? null : queue.earlier(owner, again, payload);
    if (earlier != null) {
      return new JobQueue.Submitted(earlier, false);
    }
    requireShare(owner);
    return queue.submit(submission(owner, payload, again));
  }

  private void requireShare(String owner) {
    int wait = submits.take(owner, mostAMinute);
    if (wait > 0) {
      throw new RefusedException(
          new Failure(
              ErrorCode.TOO_MANY_REQUESTS,
              "a key hands in at most %d jobs a minute".formatted(mostAMinute)),
          wait);
    }
  }

  private Submission submission(String owner, Payload payload, @Nullable String again) {
    JobHead head = reader.read(payload);
    hosting.require(head.model(), head.adapter());
    var _ = costs.of(owner, head, () -> costing.cost(head.model(), head.adapter(), payload));
    return new Submission(
        owner, head.model(), head.adapter(), head.priority(), head.time(), payload, again);
  }
}
