package dev.microtome.server.queue;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Jobs, kept from being accepted until their results expire. Whatever a method did outlives this
/// process when it returns; how a job ended outlives a loss of power, too, and so does what came in
/// before a [#settle]. States move forward only; a job is run at most twice, the second time
/// because its worker was lost.
///
/// All methods may be called from any thread, and throw a [StoreException] where nothing can be
/// kept or looked up.
public interface JobQueue extends AutoCloseable {
  /// Takes a job in, or finds the one that the same owner handed in before under the same
  /// idempotency key.
  ///
  /// @throws dev.microtome.server.job.RefusedException when the queue or the owner's share of it is
  ///   full, or the key was used with another payload
  Submitted submit(Submission submission);

  /// Returns when all that came in by now outlives a loss of power: before somebody is told that a
  /// job was taken. Who is told of its end need not ask for it.
  void settle();

  /// A job, and whether this call made it.
  record Submitted(Job job, boolean isNew) {}

  /// The job that `owner` handed in before under this idempotency key, or null. [#submit] finds it
  /// too; this is for asking before a job is checked.
  ///
  /// @throws dev.microtome.server.job.RefusedException when the key was used with another payload
  @Nullable Job earlier(String owner, String idempotencyKey, Payload payload);

  @Nullable Job find(JobId id);

  /// The newest jobs of an owner.
  List<Job> jobsOf(String owner, int atMost);

  /// What happened to a job after event `after`, oldest first; 0 is before the first.
  List<JobEvent> events(JobId id, long after);

  /// Ends a job before it has a result; returns false when it had ended. A running one is cancelled
  /// from this moment on, its worker learns of it when it renews its claim.
  boolean cancel(JobId id);

  /// Gives up to `atMost` jobs for `model` to a worker, fair among owners, with a lease each. Waits
  /// for the first one up to `patience`.
  List<Claim> claim(String worker, String model, int atMost, Duration patience)
      throws InterruptedException;

  /// Extends the lease of a claim.
  Hold renew(Claim claim);

  /// What became of a claim.
  enum Hold {
    HELD,
    /// Somebody cancelled the job: stop.
    CANCELLED,
    /// The lease ended; the job belongs to somebody else.
    LOST
  }

  /// Keeps a line the job wrote. Lines above the limit are dropped, and one says so.
  void log(Claim claim, String line);

  /// Ends a job with a result that is in the [ResultStore].
  void complete(Claim claim, StoredResult result);

  void fail(Claim claim, Failure failure);

  /// Gives a job back because its worker was lost: another one may take it, unless this was its
  /// last attempt, then it fails with `failure`.
  default void retry(Claim claim, Failure failure) {
    if (claim.attempt() >= Rules.MOST_ATTEMPTS) {
      fail(claim, failure);
    } else {
      giveBack(claim, claim.attempt());
    }
  }

  /// Gives a job back that was not at fault, when a server stops: the attempt is not counted.
  default void release(Claim claim) {
    giveBack(claim, claim.attempt() - 1);
  }

  /// Gives a job back, with so many attempts counted.
  void giveBack(Claim claim, int attempts);

  /// Takes back expired leases and forgets jobs whose time is over; returns the forgotten ones,
  /// whose results can go.
  List<JobId> sweep();

  QueueCounts counts();

  /// Calls `listener` after anything about a job changed, on any thread; it must be quick.
  Subscription onChange(Consumer<Change> listener);

  /// Something about a job changed: it entered `state`, or is in it and wrote a line, was given
  /// back, was claimed again.
  record Change(JobId job, JobState state) {}

  /// Ends what [#onChange] began.
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  void close();
}
