package dev.microtome.server.queue;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Jobs in one SQLite file, or in memory for tests. The file belongs to one process; when that one
/// dies, the next to open it takes its running jobs for lost.
public final class SqliteJobQueue implements JobQueue {
  private static final int MOST_ATTEMPTS = 2;
  private static final Failure LOST =
      new Failure(
          ErrorCode.WORKER_CRASHED, "what ran the job stopped twice; it is not tried again");

  private final Database database;
  private final JobTable table;
  private final Limits limits;
  private final InstantSource clock;
  private final ClaimTable claims;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final List<Consumer<JobId>> listeners = new CopyOnWriteArrayList<>();

  private SqliteJobQueue(Database database, Limits limits, InstantSource clock) {
    this.database = database;
    this.table = new JobTable(database);
    this.claims = new ClaimTable(database, table, limits.queueing(), clock);
    this.limits = limits;
    this.clock = clock;
  }

  public static SqliteJobQueue open(Path file, Limits limits, InstantSource clock) {
    var queue = new SqliteJobQueue(Database.open(file), limits, clock);
    queue.database.update("UPDATE job SET lease = 0 WHERE state = 'RUNNING'");
    queue.sweep();
    return queue;
  }

  public static SqliteJobQueue inMemory(Limits limits, InstantSource clock) {
    return new SqliteJobQueue(Database.inMemory(), limits, clock);
  }

  @Override
  public Submitted submit(Submission submission) {
    String digest = submission.payload().digest();
    Submitted submitted =
        database.transaction(() -> {
          Job same = sameAs(submission, digest);
          if (same != null) {
            return new Submitted(same, false);
          }
          requireRoom(submission.owner());
          var id = JobId.random();
          table.insert(id, submission, digest, clock.instant());
          return new Submitted(present(id), true);
        });
    if (submitted.isNew()) {
      changed(submitted.job().id());
    }
    return submitted;
  }

  private @Nullable Job sameAs(Submission submission, String digest) {
    if (submission.idempotencyKey() == null) {
      return null;
    }
    record Earlier(JobId id, String digest) {}
    Earlier earlier =
        database.first(
            row -> new Earlier(new JobId(row.getString(1)), row.getString(2)),
            "SELECT id, digest FROM job WHERE owner = ? AND idempotency = ?",
            submission.owner(),
            submission.idempotencyKey());
    if (earlier == null) {
      return null;
    }
    if (!earlier.digest().equals(digest)) {
      throw new RefusedException(
          ErrorCode.CONFLICT, "this Idempotency-Key came before with another job");
    }
    return present(earlier.id());
  }

  private void requireRoom(String owner) {
    long own =
        database.number("SELECT COUNT(*) FROM job WHERE state = 'QUEUED' AND owner = ?", owner);
    if (own >= limits.queueing().queuedPerKey()) {
      throw new RefusedException(
          new Failure(
              ErrorCode.TOO_MANY_REQUESTS,
              "%d jobs of this key are queued, at most %d may be"
                  .formatted(own, limits.queueing().queuedPerKey())),
          5);
    }
    if (database.number("SELECT COUNT(*) FROM job WHERE state = 'QUEUED'")
        >= limits.queueing().queued()) {
      throw new RefusedException(
          new Failure(
              ErrorCode.QUEUE_FULL,
              "the queue is full: it holds %d jobs".formatted(limits.queueing().queued())),
          10);
    }
  }

  private Job present(JobId id) {
    Job job = find(id);
    if (job == null) {
      throw new IllegalStateException("job " + id + " vanished");
    }
    return job;
  }

  @Override
  public @Nullable Job find(JobId id) {
    Job job = table.find(id);
    return job == null ? null : withPosition(job);
  }

  private Job withPosition(Job job) {
    if (job.state() != JobState.QUEUED) {
      return job;
    }
    return new Job(
        job.id(),
        job.owner(),
        job.model(),
        job.adapter(),
        job.priority(),
        job.time(),
        job.state(),
        claims.position(job),
        job.attempts(),
        job.received(),
        job.started(),
        job.ended(),
        job.failure(),
        job.result());
  }

  @Override
  public List<Job> jobsOf(String owner, int atMost) {
    List<Job> jobs =
        database.list(
            JobTable::job,
            "SELECT "
                + JobTable.COLUMNS
                + " FROM job WHERE owner = ? ORDER BY sequence DESC LIMIT ?",
            owner,
            atMost);
    return jobs.stream().map(this::withPosition).toList();
  }

  @Override
  public List<JobEvent> events(JobId id, long after) {
    return table.events(id, after);
  }

  @Override
  public boolean cancel(JobId id) {
    boolean ended = table.end(id, JobState.CANCELLED, clock.instant(), null, null);
    if (ended) {
      changed(id);
    }
    return ended;
  }

  @Override
  public List<Claim> claim(String worker, String model, int atMost, Duration patience)
      throws InterruptedException {
    long left = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        List<Claim> taken = claimNow(worker, model, atMost);
        if (!taken.isEmpty() || left <= 0) {
          return taken;
        }
        left = arrived.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Claim> claimNow(String worker, String model, int atMost) {
    List<Claim> now =
        database.transaction(() -> {
          var taken = new ArrayList<Claim>();
          for (JobId id : claims.takeable(model, atMost)) {
            taken.add(claims.take(id, worker));
          }
          return taken;
        });
    now.forEach(claim -> changed(claim.job().id()));
    return now;
  }

  /// Does something for a job as long as the claim holds it.
  private void ifHeld(Claim claim, Runnable action) {
    boolean done =
        database.transaction(() -> {
          if (claims.holds(claim)) {
            action.run();
            return true;
          }
          return false;
        });
    if (done) {
      changed(claim.job().id());
    }
  }

  @Override
  public Hold renew(Claim claim) {
    return database.transaction(() -> {
      if (claims.renew(claim)) {
        return Hold.HELD;
      }
      Job job = table.find(claim.job().id());
      return job != null && job.state() == JobState.CANCELLED ? Hold.CANCELLED : Hold.LOST;
    });
  }

  @Override
  public void log(Claim claim, String line) {
    ifHeld(
        claim,
        () -> {
          String id = claim.job().id().text();
          database.update("UPDATE job SET lines = lines + 1 WHERE id = ?", id);
          long lines = database.number("SELECT lines FROM job WHERE id = ?", id);
          int most = limits.queueing().logLines();
          if (lines <= most) {
            table.addEvent(claim.job().id(), clock.instant(), null, line);
          } else if (lines == most + 1L) {
            table.addEvent(
                claim.job().id(),
                clock.instant(),
                null,
                "(only %d lines are kept)".formatted(most));
          }
        });
  }

  @Override
  public void complete(Claim claim, StoredResult result) {
    ifHeld(
        claim,
        () -> table.end(claim.job().id(), JobState.COMPLETED, clock.instant(), null, result));
  }

  @Override
  public void fail(Claim claim, Failure failure) {
    ifHeld(
        claim, () -> table.end(claim.job().id(), JobState.FAILED, clock.instant(), failure, null));
  }

  @Override
  public void retry(Claim claim, Failure failure) {
    if (claim.attempt() >= MOST_ATTEMPTS) {
      fail(claim, failure);
      return;
    }
    free(claim, claim.attempt());
  }

  @Override
  public void release(Claim claim) {
    free(claim, claim.attempt() - 1);
  }

  private void free(Claim claim, int attempts) {
    ifHeld(claim, () -> claims.free(claim, attempts));
  }

  @Override
  public List<JobId> sweep() {
    var gone = new ArrayList<JobId>();
    var failed = new ArrayList<JobId>();
    database.transaction(() -> {
      failed.addAll(
          ids(
              "SELECT id FROM job WHERE state = 'RUNNING' AND lease < ? AND attempts >= ?",
              now(),
              MOST_ATTEMPTS));
      failed.forEach(id -> table.end(id, JobState.FAILED, clock.instant(), LOST, null));
      gone.addAll(
          ids(
              "SELECT id FROM job WHERE ended IS NOT NULL AND ended < ?",
              now() - limits.storage().retention().toMillis()));
      for (JobId id : gone) {
        database.update("DELETE FROM event WHERE id = ?", id.text());
        database.update("DELETE FROM job WHERE id = ?", id.text());
      }
      return null;
    });
    failed.forEach(this::changed);
    wake();
    return gone;
  }

  private List<JobId> ids(String sql, @Nullable Object... values) {
    return database.list(row -> new JobId(row.getString(1)), sql, values);
  }

  @Override
  public QueueCounts counts() {
    return new QueueCounts(count("QUEUED"), count("RUNNING"));
  }

  private Map<String, Integer> count(String state) {
    var counts = new HashMap<String, Integer>();
    database.list(
        row -> counts.put(row.getString(1), row.getInt(2)),
        "SELECT model, COUNT(*) FROM job WHERE state = ? GROUP BY model",
        state);
    return counts;
  }

  @Override
  public Subscription onChange(Consumer<JobId> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void changed(JobId id) {
    claims.forgetPositions();
    wake();
    listeners.forEach(listener -> listener.accept(id));
  }

  private void wake() {
    lock.lock();
    try {
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private long now() {
    return clock.millis();
  }

  @Override
  public void close() {
    database.close();
  }
}
