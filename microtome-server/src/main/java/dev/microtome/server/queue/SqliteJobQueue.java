package dev.microtome.server.queue;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Jobs in one SQLite file, or in memory for tests. The file belongs to one process; when that one
/// dies, the next to open it takes its running jobs for lost.
public final class SqliteJobQueue implements JobQueue {
  private final Database database;
  private final JobTable table;
  private final Limits limits;
  private final InstantSource clock;
  private final ClaimTable claims;
  private final Intake intake;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();

  private SqliteJobQueue(Database database, Limits limits, InstantSource clock) {
    this.database = database;
    this.table = new JobTable(database);
    this.claims = new ClaimTable(database, table, limits.queueing(), clock);
    this.intake = new Intake(database, table, limits.queueing(), clock);
    this.limits = limits;
    this.clock = clock;
  }

  public static SqliteJobQueue open(Path file, Limits limits, InstantSource clock) {
    return open(Database.open(file), limits, clock);
  }

  /// One in a database that is closed with it.
  public static SqliteJobQueue open(Database database, Limits limits, InstantSource clock) {
    var queue = new SqliteJobQueue(database, limits, clock);
    queue.database.update("UPDATE job SET lease = 0 WHERE state = 'RUNNING'");
    queue.sweep();
    return queue;
  }

  public static SqliteJobQueue inMemory(Limits limits, InstantSource clock) {
    return new SqliteJobQueue(Database.inMemory(), limits, clock);
  }

  @Override
  public Submitted submit(Submission submission) {
    Intake.Came came = intake.take(submission);
    if (came.isNew()) {
      changed(came.id(), JobState.QUEUED);
    }
    return new Submitted(present(came.id()), came.isNew());
  }

  @Override
  public void settle() {
    table.settle();
  }

  @Override
  public @Nullable Job earlier(String owner, String idempotencyKey, Payload payload) {
    JobId id = intake.earlier(owner, idempotencyKey, payload);
    return id == null ? null : find(id);
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
    return job.state() == JobState.QUEUED ? job.at(claims.position(job)) : job;
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
    boolean ended =
        database.transaction(() -> table.end(id, JobState.CANCELLED, clock.instant(), null, null));
    if (ended) {
      changed(id, JobState.CANCELLED);
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
        database.soon(() -> {
          var taken = new ArrayList<Claim>();
          for (JobId id : claims.takeable(model, atMost)) {
            taken.add(claims.take(id, worker));
          }
          return taken;
        });
    now.forEach(claim -> changed(claim.job().id(), JobState.RUNNING));
    return now;
  }

  /// Does something for a job as long as the claim holds it, which is in `state` then.
  private void ifHeld(Claim claim, JobState state, Runnable action) {
    Callable<Boolean> body =
        () -> {
          if (claims.holds(claim)) {
            action.run();
            return true;
          }
          return false;
        };
    boolean done = state.isFinal() ? database.transaction(body) : database.soon(body);
    if (done) {
      changed(claim.job().id(), state);
    }
  }

  @Override
  public Hold renew(Claim claim) {
    return database.soon(() -> {
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
        JobState.RUNNING,
        () -> {
          String id = claim.job().id().text();
          database.update("UPDATE job SET lines = lines + 1 WHERE id = ?", id);
          long lines = database.number("SELECT lines FROM job WHERE id = ?", id);
          int most = limits.queueing().logLines();
          if (lines <= most) {
            table.addEvent(
                claim.job().id(), clock.instant(), null, Rules.kept(line, limits.queueing()));
          } else if (lines == most + 1L) {
            table.addEvent(
                claim.job().id(), clock.instant(), null, Rules.noMoreLines(limits.queueing()));
          }
        });
  }

  @Override
  public void complete(Claim claim, StoredResult result) {
    ifHeld(
        claim,
        JobState.COMPLETED,
        () -> table.end(claim.job().id(), JobState.COMPLETED, clock.instant(), null, result));
  }

  @Override
  public void fail(Claim claim, Failure failure) {
    ifHeld(
        claim,
        JobState.FAILED,
        () -> table.end(claim.job().id(), JobState.FAILED, clock.instant(), failure, null));
  }

  @Override
  public void giveBack(Claim claim, int attempts) {
    ifHeld(claim, JobState.RUNNING, () -> claims.free(claim, attempts));
    wake();
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
              Rules.MOST_ATTEMPTS));
      failed.forEach(id -> table.end(id, JobState.FAILED, clock.instant(), Rules.LOST, null));
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
    failed.forEach(id -> changed(id, JobState.FAILED));
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
  public Subscription onChange(Consumer<Change> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void changed(JobId id, JobState state) {
    claims.forgetPositions();
    if (state != JobState.RUNNING) {
      wake(); // there is one more to run, or one less of its owner runs
    }
    var change = new Change(id, state);
    listeners.forEach(listener -> listener.accept(change));
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
