package dev.microtome.server.queue;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import java.time.Duration;

/// What all queues hold to, wherever they keep their jobs.
public final class Rules {
  /// A job is run at most so often.
  public static final int MOST_ATTEMPTS = 2;

  /// How long a claim holds unless it is renewed.
  public static final Duration LEASE = Duration.ofSeconds(15);

  /// How a job ends whose last worker was lost.
  public static final Failure LOST =
      new Failure(
          ErrorCode.WORKER_CRASHED, "what ran the job stopped twice; it is not tried again");

  private static final int SHARE_SECONDS = 5;
  private static final int FULL_SECONDS = 10;

  private Rules() {}

  public static RefusedException otherBody() {
    return new RefusedException(
        ErrorCode.CONFLICT, "this Idempotency-Key came before with another job");
  }

  /// An owner has `own` jobs waiting, and may have no more.
  public static RefusedException shareIsFull(long own, Limits.Queueing limits) {
    return new RefusedException(
        new Failure(
            ErrorCode.TOO_MANY_REQUESTS,
            "%d jobs of this key are queued, at most %d may be"
                .formatted(own, limits.queuedPerKey())),
        SHARE_SECONDS);
  }

  public static RefusedException queueIsFull(Limits.Queueing limits) {
    return new RefusedException(
        new Failure(
            ErrorCode.QUEUE_FULL, "the queue is full: it holds %d jobs".formatted(limits.queued())),
        FULL_SECONDS);
  }

  /// As much of a line as is kept.
  public static String kept(String line, Limits.Queueing limits) {
    return line.length() <= limits.lineCharacters()
        ? line
        : line.substring(0, limits.lineCharacters());
  }

  /// The last line of a job that wrote too many.
  public static String noMoreLines(Limits.Queueing limits) {
    return "(only %d lines are kept)".formatted(limits.logLines());
  }
}
