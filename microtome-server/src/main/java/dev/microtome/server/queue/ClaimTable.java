package dev.microtome.server.queue;

import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/// Who runs which job, until when, and which job is next; the part of an [SqliteJobQueue] that
/// workers meet.
final class ClaimTable {
  private final Database database;
  private final JobTable table;
  private final Limits.Queueing limits;
  private final InstantSource clock;
  private final Turns turns = new Turns();
  private final Map<String, Map<String, Integer>> positions = new ConcurrentHashMap<>();

  ClaimTable(Database database, JobTable table, Limits.Queueing limits, InstantSource clock) {
    this.database = database;
    this.table = table;
    this.limits = limits;
    this.clock = clock;
  }

  /// How many jobs go before a queued one.
  int position(Job job) {
    Map<String, Integer> known = positions.get(job.model());
    if (known == null) {
      known = order(job.model());
      positions.put(job.model(), known);
    }
    return known.getOrDefault(job.id().text(), 0);
  }

  /// To be called when jobs came or went.
  void forgetPositions() {
    positions.clear();
  }

  // The database is asked before the turns are held: who claims has it the other way round.
  private Map<String, Integer> order(String model) {
    List<Turns.Waiting> jobs = waiting(model);
    List<Turns.Waiting> order;
    synchronized (turns) {
      order = turns.order(jobs, Map.of(), Integer.MAX_VALUE);
    }
    var places = new HashMap<String, Integer>();
    order.forEach(job -> places.put(job.id(), places.size()));
    return places;
  }

  /// Jobs whose worker was lost go before those that wait.
  List<JobId> takeable(String model, int atMost) {
    var ids =
        new ArrayList<>(
            database.list(
                row -> new JobId(row.getString(1)),
                "SELECT id FROM job WHERE state = 'RUNNING' AND model = ? AND lease < ?"
                    + " AND attempts < ? ORDER BY sequence LIMIT ?",
                model,
                clock.millis(),
                Rules.MOST_ATTEMPTS,
                atMost));
    if (ids.size() < atMost) {
      synchronized (turns) {
        turns.order(waiting(model), runningByOwner(), limits.runningPerKey()).stream()
            .limit(atMost - ids.size())
            .forEach(next -> {
              turns.served(next.owner());
              ids.add(new JobId(next.id()));
            });
      }
    }
    return ids;
  }

  private List<Turns.Waiting> waiting(String model) {
    return database.list(
        row -> new Turns.Waiting(row.getString(1), row.getString(2), row.getInt(3), row.getLong(4)),
        "SELECT id, owner, priority, sequence FROM job WHERE state = 'QUEUED' AND model = ?",
        model);
  }

  private Map<String, Integer> runningByOwner() {
    var running = new HashMap<String, Integer>();
    database.list(
        row -> running.put(row.getString(1), row.getInt(2)),
        "SELECT owner, COUNT(*) FROM job WHERE state = 'RUNNING' GROUP BY owner");
    return running;
  }

  Claim take(JobId id, String worker) {
    Job before = Objects.requireNonNull(table.find(id));
    Instant now = clock.instant();
    database.update(
        "UPDATE job SET state = 'RUNNING', attempts = attempts + 1, worker = ?, lease = ?,"
            + " started = COALESCE(started, ?) WHERE id = ?",
        worker,
        now.plus(Rules.LEASE).toEpochMilli(),
        now.toEpochMilli(),
        id.text());
    if (before.state() == JobState.QUEUED) {
      table.addEvent(id, now, JobState.RUNNING, null);
    }
    Job job = before.started(now);
    Payload payload = table.payload(id);
    if (payload == null) {
      throw new IllegalStateException("job " + id + " has lost what was submitted");
    }
    return new Claim(job, payload, worker, job.attempts());
  }

  /// Whether a claim still holds its job.
  boolean holds(Claim claim) {
    return database.number(
            "SELECT COUNT(*) FROM job WHERE id = ? AND state = 'RUNNING' AND worker = ?"
                + " AND attempts = ?",
            claim.job().id().text(),
            claim.worker(),
            claim.attempt())
        == 1;
  }

  boolean renew(Claim claim) {
    return holds(claim)
        && database.update(
                "UPDATE job SET lease = ? WHERE id = ?",
                clock.millis() + Rules.LEASE.toMillis(),
                claim.job().id().text())
            == 1;
  }

  /// Lets another worker take the job.
  void free(Claim claim, int attempts) {
    database.update(
        "UPDATE job SET worker = NULL, lease = 0, attempts = ? WHERE id = ?",
        attempts,
        claim.job().id().text());
  }
}
