package dev.microtome.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every queue promises, wherever it keeps its jobs.
public abstract class JobQueueContract {
  private static final StoredResult RESULT = new StoredResult("ab", 8);
  private static final Failure CRASH = new Failure(ErrorCode.WORKER_CRASHED, "it is gone");

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private JobQueue queue;

  /// A queue without any job.
  protected abstract JobQueue open(Limits limits, InstantSource clock);

  @BeforeEach
  void open() {
    queue = open(Limits.defaults(), () -> now);
  }

  @AfterEach
  void close() {
    queue.close();
  }

  private static Submission job(String owner, String text, String key) {
    var payload = new Payload(text.getBytes(StandardCharsets.UTF_8), new byte[] {1, 2});
    return new Submission(owner, "m", null, 0, Duration.ofSeconds(60), payload, key);
  }

  private JobId submit(String owner) {
    return queue.submit(job(owner, "{}", null)).job().id();
  }

  private List<Claim> claim(int atMost) throws InterruptedException {
    return queue.claim("w", "m", atMost, Duration.ZERO);
  }

  private JobState state(JobId id) {
    return queue.find(id).state();
  }

  @Test
  void a_job_goes_through_its_states_and_tells_each_once() throws InterruptedException {
    JobId id = submit("a");
    assertThat(state(id)).isEqualTo(JobState.QUEUED);
    Claim claim = claim(1).getFirst();
    assertThat(claim.payload().jsonText()).isEqualTo("{}");
    assertThat(claim.payload().tensors()).containsExactly(1, 2);
    queue.log(claim, "hello");
    queue.complete(claim, RESULT);
    Job done = queue.find(id);
    assertThat(done.state()).isEqualTo(JobState.COMPLETED);
    assertThat(done.result()).isEqualTo(RESULT);
    assertThat(queue.events(id, 0))
        .extracting(JobEvent::number)
        .containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(queue.events(id, 3)).hasSize(2);
    assertThat(queue.events(id, 3).getFirst().what()).isEqualTo(new JobEvent.What.Log("hello"));
  }

  @Test
  void nothing_moves_a_job_that_has_ended() throws InterruptedException {
    JobId id = submit("a");
    Claim claim = claim(1).getFirst();
    assertThat(queue.cancel(id)).isTrue();
    assertThat(queue.renew(claim)).isEqualTo(JobQueue.Hold.CANCELLED);
    queue.complete(claim, RESULT);
    queue.fail(claim, CRASH);
    queue.retry(claim, CRASH);
    assertThat(queue.cancel(id)).isFalse();
    assertThat(state(id)).isEqualTo(JobState.CANCELLED);
    assertThat(claim(1)).isEmpty();
  }

  @Test
  void owners_take_turns() throws InterruptedException {
    for (int i = 0; i < 10; i++) {
      submit("a");
    }
    JobId other = submit("b");
    assertThat(queue.find(other).position()).isLessThanOrEqualTo(1);
    assertThat(claim(2)).extracting(c -> c.job().id()).contains(other);
  }

  @Test
  void a_list_of_jobs_tells_their_places() {
    for (int i = 0; i < 3; i++) {
      submit("a");
    }
    assertThat(queue.jobsOf("a", 10)).extracting(job -> job.position()).containsExactly(2, 1, 0);
  }

  @Test
  void an_owner_runs_few_jobs_at_once() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      submit("a");
    }
    assertThat(claim(5)).hasSize(2);
    assertThat(claim(5)).isEmpty();
  }

  @Test
  void higher_priority_goes_first_within_an_owner() throws InterruptedException {
    submit("a");
    var urgent =
        new Submission(
            "a",
            "m",
            null,
            5,
            Duration.ofSeconds(60),
            new Payload(new byte[] {1}, new byte[0]),
            null);
    JobId id = queue.submit(urgent).job().id();
    assertThat(claim(1).getFirst().job().id()).isEqualTo(id);
  }

  @Test
  void the_same_key_and_body_is_the_same_job() {
    var first = queue.submit(job("a", "{}", "key"));
    var again = queue.submit(job("a", "{}", "key"));
    assertThat(again.job().id()).isEqualTo(first.job().id());
    assertThat(again.isNew()).isFalse();
    assertThat(queue.submit(job("b", "{}", "key")).isNew()).isTrue();
    assertThatThrownBy(() -> queue.submit(job("a", "{ }", "key")))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.failure().code()).isEqualTo(ErrorCode.CONFLICT));
  }

  @Test
  void retries_from_many_threads_are_one_job() throws Exception {
    var ids = new ArrayList<Future<JobId>>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 400; i++) {
        ids.add(threads.submit(() -> queue.submit(job("a", "{}", "key")).job().id()));
      }
    }
    JobId first = ids.getFirst().get();
    for (Future<JobId> id : ids) {
      assertThat(id.get()).isEqualTo(first);
    }
    assertThat(queue.jobsOf("a", 10)).hasSize(1);
  }

  @Test
  void a_full_queue_refuses() {
    for (int i = 0; i < 16; i++) {
      submit("a");
    }
    assertThatThrownBy(() -> submit("a"))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.failure().code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
              assertThat(e.retryAfter()).isPositive();
            });
    for (int owner = 0; owner < 15; owner++) {
      for (int i = 0; i < 16; i++) {
        submit("b" + owner);
      }
    }
    assertThatThrownBy(() -> submit("c"))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.failure().code()).isEqualTo(ErrorCode.QUEUE_FULL));
  }

  @Test
  void an_expired_lease_gives_the_job_to_another_worker_once() throws InterruptedException {
    JobId id = submit("a");
    Claim first = claim(1).getFirst();
    assertThat(claim(1)).isEmpty();
    now = now.plusSeconds(10);
    assertThat(queue.renew(first)).isEqualTo(JobQueue.Hold.HELD);
    now = now.plusSeconds(10);
    assertThat(claim(1)).isEmpty();
    now = now.plusSeconds(10);
    Claim second = claim(1).getFirst();
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(queue.renew(first)).isEqualTo(JobQueue.Hold.LOST);
    queue.complete(first, RESULT);
    assertThat(state(id)).isEqualTo(JobState.RUNNING);
    now = now.plusSeconds(20);
    queue.sweep();
    assertThat(queue.find(id).failure().code()).isEqualTo(ErrorCode.WORKER_CRASHED);
  }

  @Test
  void a_job_that_ends_its_worker_twice_fails() throws InterruptedException {
    JobId id = submit("a");
    queue.retry(claim(1).getFirst(), CRASH);
    assertThat(state(id)).isEqualTo(JobState.RUNNING);
    queue.retry(claim(1).getFirst(), CRASH);
    assertThat(queue.find(id).failure()).isEqualTo(CRASH);
    assertThat(claim(1)).isEmpty();
  }

  @Test
  void a_released_job_has_lost_no_attempt() throws InterruptedException {
    submit("a");
    for (int i = 0; i < 5; i++) {
      Claim claim = claim(1).getFirst();
      assertThat(claim.attempt()).isEqualTo(1);
      queue.release(claim);
    }
  }

  @Test
  void jobs_are_forgotten_after_a_day() throws InterruptedException {
    JobId id = submit("a");
    JobId waiting = submit("a");
    queue.complete(claim(1).getFirst(), RESULT);
    now = now.plus(Duration.ofHours(25));
    assertThat(queue.sweep()).containsExactly(id);
    assertThat(queue.find(id)).isNull();
    assertThat(queue.events(id, 0)).isEmpty();
    assertThat(queue.find(waiting)).isNotNull();
  }

  @Test
  void lines_above_the_limit_are_dropped_and_that_is_told() throws InterruptedException {
    JobId id = submit("a");
    Claim claim = claim(1).getFirst();
    for (int i = 0; i < 1_010; i++) {
      queue.log(claim, "line " + i);
    }
    assertThat(queue.events(id, 0)).hasSize(3 + 1_000 + 1);
    assertThat(queue.events(id, 0).getLast().what())
        .isEqualTo(new JobEvent.What.Log("(only 1000 lines are kept)"));
  }

  @Test
  void who_waits_for_a_job_is_woken() throws Exception {
    try (var threads = Executors.newSingleThreadExecutor()) {
      Future<List<Claim>> claims =
          threads.submit(() -> queue.claim("w", "m", 1, Duration.ofSeconds(5)));
      JobId id = submit("a");
      assertThat(claims.get().getFirst().job().id()).isEqualTo(id);
    }
  }
}
