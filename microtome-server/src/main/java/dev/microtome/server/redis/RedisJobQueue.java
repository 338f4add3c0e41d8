package dev.microtome.server.redis;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.QueueCounts;
import dev.microtome.server.queue.Rules;
import io.lettuce.core.KeyValue;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Jobs in Redis, shared by servers and workers on many machines. Whatever changes a job is one
/// script, so it is done at once or not at all. What happened to a job is a stream; the jobs of a
/// model that run are a stream with one consumer group, whose pending entries are the leases; and
/// what changed anywhere is a stream everybody reads.
///
/// What it did is as durable as Redis is set to be: `appendonly yes` with `appendfsync always`
/// makes it as durable as a file. Where Redis is away, calls throw [StoreException].
public final class RedisJobQueue implements JobQueue {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private final RedisLink link;
  private final ChangeFeed feed;
  private final Limits limits;
  private final @Nullable InstantSource clock;
  private final String instance;
  private final Map<String, String> nonces = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final AtomicLong changes = new AtomicLong();
  private final Subscription wakes;

  /// @param instance tells the workers of this process from others of the same name
  /// @param clock null for Redis' own, which all machines share
  RedisJobQueue(
      RedisLink link,
      ChangeFeed feed,
      Limits limits,
      String instance,
      @Nullable InstantSource clock) {
    this.instance = instance;
    this.link = link;
    this.feed = feed;
    this.limits = limits;
    this.clock = clock;
    this.wakes = feed.onChange(_ -> wake());
  }

  private String now() {
    return clock == null ? "" : Long.toString(clock.millis());
  }

  @Override
  public Submitted submit(Submission submission) {
    Limits.Queueing most = limits.queueing();
    List<Object> answer =
        link.list(
            RedisLink.SHORT,
            Script.SUBMIT,
            now(),
            JobId.random(),
            submission.owner(),
            submission.model(),
            Objects.requireNonNullElse(submission.adapter(), ""),
            submission.priority(),
            submission.time().toMillis(),
            Objects.requireNonNullElse(submission.idempotencyKey(), ""),
            submission.payload().digest(),
            submission.payload().json(),
            submission.payload().tensors(),
            most.queuedPerKey(),
            most.queued());
    String word = JobFields.text(answer.getFirst());
    return switch (word) {
      case "conflict" -> throw Rules.otherBody();
      case "share" -> throw Rules.shareIsFull(Long.parseLong(JobFields.text(answer.get(1))), most);
      case "full" -> throw Rules.queueIsFull(most);
      default ->
          new Submitted(
              Objects.requireNonNull(JobFields.job(answer.get(1)), "no job"), word.equals("new"));
    };
  }

  /// Redis answers when it is as sure as it is set to be.
  @Override
  public void settle() {}

  @Override
  public @Nullable Job earlier(String owner, String idempotencyKey, Payload payload) {
    List<Object> answer =
        link.list(RedisLink.SHORT, Script.EARLIER, now(), owner, idempotencyKey, payload.digest());
    return switch (JobFields.text(answer.getFirst())) {
      case "conflict" -> throw Rules.otherBody();
      case "known" -> JobFields.job(answer.get(1));
      default -> null;
    };
  }

  @Override
  public @Nullable Job find(JobId id) {
    return JobFields.job(link.list(RedisLink.SHORT, Script.FIND, now(), id).getFirst());
  }

  @Override
  public List<Job> jobsOf(String owner, int atMost) {
    return jobs(link.list(RedisLink.SHORT, Script.LIST, now(), owner, atMost));
  }

  private static List<Job> jobs(List<Object> flat) {
    return flat.stream().map(JobFields::job).filter(Objects::nonNull).toList();
  }

  @Override
  public List<JobEvent> events(JobId id, long after) {
    var behind =
        Range.from(Range.Boundary.including(after + 1 + "-0"), Range.Boundary.<String>unbounded());
    List<StreamMessage<String, byte[]>> kept =
        link.call(RedisLink.SHORT, redis -> redis.xrange("microtome:events:" + id, behind));
    return kept == null ? List.of() : kept.stream().map(entry -> event(id, entry)).toList();
  }

  private JobEvent event(JobId id, StreamMessage<String, byte[]> entry) {
    String number = entry.getId();
    Map<String, byte[]> body = entry.getBody();
    return new JobEvent(
        Long.parseLong(number.substring(0, number.indexOf('-'))),
        Instant.ofEpochMilli(Long.parseLong(JobFields.text(body.get("at")))),
        body.containsKey("line")
            ? new JobEvent.What.Log(JobFields.text(body.get("line")))
            : entered(id, JobState.valueOf(JobFields.text(body.get("state")))));
  }

  private JobEvent.What entered(JobId id, JobState state) {
    Job job = state == JobState.FAILED ? find(id) : null;
    return new JobEvent.What.Entered(state, job == null ? null : job.failure());
  }

  @Override
  public boolean cancel(JobId id) {
    return link.number(RedisLink.SHORT, Script.END, now(), id, "", "", JobState.CANCELLED) == 1;
  }

  @Override
  public List<Claim> claim(String worker, String model, int atMost, Duration patience)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      long seen = changes.get();
      List<Claim> taken = claimNow(worker, model, atMost);
      long left = end - System.nanoTime();
      if (!taken.isEmpty() || left <= 0) {
        return taken;
      }
      await(seen, Math.min(left, LOOK_AGAIN.toNanos()));
    }
  }

  /// Waits until something changed since `seen` changes.
  private void await(long seen, long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (left > 0 && changes.get() == seen) {
        left = arrived.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  // Until an answer was heard, the same nonce asks for the same jobs.
  private List<Claim> claimNow(String worker, String model, int atMost) {
    String nonce = nonces.computeIfAbsent(worker, _ -> UUID.randomUUID().toString());
    List<Job> jobs =
        jobs(
            link.list(
                RedisLink.SHORT,
                Script.CLAIM,
                now(),
                named(worker),
                model,
                atMost,
                nonce,
                Rules.LEASE.toMillis(),
                limits.queueing().runningPerKey(),
                Rules.MOST_ATTEMPTS));
    var claims = new ArrayList<Claim>();
    for (Job job : jobs) {
      Payload payload = payload(job.id());
      if (payload != null) { // else it was cancelled since
        claims.add(new Claim(job, payload, worker, job.attempts()));
      }
    }
    nonces.remove(worker);
    return claims;
  }

  private String named(String worker) {
    return instance + "/" + worker;
  }

  private @Nullable Payload payload(JobId id) {
    List<KeyValue<String, byte[]>> both =
        link.call(
            RedisLink.SHORT, redis -> redis.hmget("microtome:payload:" + id, "json", "tensors"));
    return both == null || !both.getFirst().hasValue()
        ? null
        : new Payload(both.getFirst().getValue(), both.getLast().getValueOrElse(new byte[0]));
  }

  @Override
  public Hold renew(Claim claim) {
    return Hold.valueOf(
        link.word(
            RedisLink.SHORT,
            Script.RENEW,
            now(),
            claim.job().id(),
            named(claim.worker()),
            claim.attempt()));
  }

  @Override
  public void log(Claim claim, String line) {
    int most = limits.queueing().logLines();
    link.number(
        RedisLink.SHORT,
        Script.LOG,
        now(),
        claim.job().id(),
        named(claim.worker()),
        claim.attempt(),
        Rules.kept(line, limits.queueing()),
        most,
        Rules.noMoreLines(limits.queueing()),
        UUID.randomUUID());
  }

  @Override
  public void complete(Claim claim, StoredResult result) {
    end(claim, JobState.COMPLETED, JobFields.of(result));
  }

  @Override
  public void fail(Claim claim, Failure failure) {
    end(claim, JobState.FAILED, JobFields.of(failure));
  }

  private void end(Claim claim, JobState state, List<Object> fields) {
    var values =
        new ArrayList<Object>(
            List.of(now(), claim.job().id(), named(claim.worker()), claim.attempt(), state));
    values.addAll(fields);
    link.number(RedisLink.LONG, Script.END, values.toArray());
  }

  @Override
  public void giveBack(Claim claim, int attempts) {
    link.number(
        RedisLink.LONG,
        Script.FREE,
        now(),
        claim.job().id(),
        named(claim.worker()),
        claim.attempt(),
        attempts);
  }

  @Override
  public List<JobId> sweep() {
    var values =
        new ArrayList<Object>(
            List.of(
                now(),
                Rules.LEASE.toMillis(),
                Rules.MOST_ATTEMPTS,
                limits.storage().retention().toMillis()));
    values.addAll(JobFields.of(Rules.LOST));
    List<JobId> gone =
        link.list(RedisLink.SHORT, Script.SWEEP, values.toArray()).stream()
            .map(id -> new JobId(JobFields.text(id)))
            .toList();
    wake();
    return gone;
  }

  @Override
  public QueueCounts counts() {
    var queued = new HashMap<String, Integer>();
    var running = new HashMap<String, Integer>();
    for (Object each : link.list(RedisLink.SHORT, Script.COUNTS, now())) {
      if (each instanceof List<?> row) {
        count(queued, row, 1);
        count(running, row, 2);
      }
    }
    return new QueueCounts(queued, running);
  }

  private static void count(Map<String, Integer> counts, List<?> row, int column) {
    int number = Integer.parseInt(JobFields.text(row.get(column)));
    if (number > 0) {
      counts.put(JobFields.text(row.getFirst()), number);
    }
  }

  @Override
  public Subscription onChange(Consumer<Change> listener) {
    return feed.onChange(listener);
  }

  private void wake() {
    changes.incrementAndGet();
    lock.lock();
    try {
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    wakes.close();
  }
}
