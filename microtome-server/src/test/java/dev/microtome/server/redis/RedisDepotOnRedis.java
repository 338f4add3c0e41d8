package dev.microtome.server.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.ModelWorkers;
import dev.microtome.server.TestExecutor;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.queue.StoreException;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.Progress;
import dev.microtome.server.work.Worker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What holds when several processes share a Redis, and when it goes away.
class RedisDepotOnRedis {
  @TempDir Path folder;
  private RedisServer redis;
  private RedisDepot here;
  private RedisDepot there;

  @BeforeEach
  void start() {
    redis = RedisServer.durable(folder);
    here = redis.depot(Limits.defaults(), null);
    there = redis.depot(Limits.defaults(), null);
  }

  @AfterEach
  void stop() {
    here.close();
    there.close();
    redis.close();
  }

  private JobId submit(String order) {
    return submit(here, "a", order);
  }

  private static JobId submit(RedisDepot depot, String owner, String order) {
    byte[] json = TestExecutor.job(order).getBytes(StandardCharsets.UTF_8);
    var payload = new Payload(json, new byte[0]);
    return depot
        .queue()
        .submit(new Submission(owner, "m", null, 0, Duration.ofSeconds(60), payload, null))
        .job()
        .id();
  }

  private Claim claim() throws InterruptedException {
    return there.queue().claim("w", "m", 1, Duration.ofSeconds(5)).getFirst();
  }

  private JobState state(JobId id) {
    return here.queue().find(id).state();
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 1_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  void what_was_answered_survives_a_killed_redis() throws Exception {
    JobId ran = submit("hello");
    Claim claim = claim();
    JobId waits = submit("hello");
    redis.kill();
    redis.start();
    assertThat(state(waits)).isEqualTo(JobState.QUEUED);
    there.queue().complete(claim, new StoredResult("x", 1));
    assertThat(state(ran)).isEqualTo(JobState.COMPLETED);
    assertThat(here.queue().events(ran, 0)).hasSize(4);
    assertThat(claim().job().id()).isEqualTo(waits);
  }

  @Test
  void while_redis_is_away_requests_are_refused_and_results_wait() throws Exception {
    JobId id = submit("hello");
    Claim claim = claim();
    redis.kill();
    assertThatThrownBy(() -> submit("hello")).isInstanceOf(StoreException.class);
    try (var threads = Executors.newSingleThreadExecutor()) {
      var ended = threads.submit(() -> there.queue().complete(claim, new StoredResult("x", 1)));
      Thread.sleep(500);
      assertThat(ended.isDone()).isFalse();
      redis.start();
      ended.get();
    }
    assertThat(state(id)).isEqualTo(JobState.COMPLETED);
    assertThat(here.queue().jobsOf("a", 10)).hasSize(1);
  }

  @Test
  void a_worker_elsewhere_runs_jobs_and_is_seen() throws Exception {
    var executor = new TestExecutor("m-1", "m", 1);
    var heard = here.progress();
    try (var _ = ModelWorkers.start(redis.depot(Limits.defaults(), null), List.of(executor))) {
      until(() -> here.elsewhere().size() == 1);
      Worker seen = here.elsewhere().getFirst();
      assertThat(seen.name()).endsWith("/m-1");
      assertThat(seen.model().adapters()).containsExactly("french");
      JobId id = submit("steps 10");
      until(() -> heard.of(id) != null);
      until(() -> state(id) == JobState.COMPLETED);
      assertThat(heard.of(id)).isEqualTo(new Progress.Steps(10, 10));
      assertThat(text(id)).isEqualTo(TestExecutor.job("steps 10"));
    }
  }

  @Test
  void a_worker_goes_on_after_redis_was_away_for_a_while() throws Exception {
    var executor = new TestExecutor("m-1", "m", 1);
    try (var _ = ModelWorkers.start(redis.depot(Limits.defaults(), null), List.of(executor))) {
      JobId first = submit("sleep 300");
      until(() -> state(first) == JobState.RUNNING);
      redis.kill();
      Thread.sleep(2_500); // longer than anybody waits for a line or a claim
      redis.start();
      until(() -> state(first) == JobState.COMPLETED);
      JobId next = submit("log hello");
      until(() -> state(next) == JobState.COMPLETED);
      assertThat(here.queue().find(first).attempts()).isEqualTo(1);
      assertThat(here.queue().events(next, 0)).hasSize(5);
    }
  }

  @Test
  void a_job_cancelled_here_is_given_up_there() throws Exception {
    var executor = new TestExecutor("m-1", "m", 1);
    try (var _ = ModelWorkers.start(redis.depot(Limits.defaults(), null), List.of(executor))) {
      JobId slow = submit("sleep 60000");
      until(() -> state(slow) == JobState.RUNNING);
      here.queue().cancel(slow);
      JobId next = submit("hello");
      until(() -> state(next) == JobState.COMPLETED);
      assertThat(state(slow)).isEqualTo(JobState.CANCELLED);
    }
  }

  private String text(JobId id) throws IOException {
    long length = here.queue().find(id).result().bytes();
    try (var bytes = here.results().open(id)) {
      return new String(bytes.read(0, (int) length), StandardCharsets.UTF_8);
    }
  }

  @Test
  void results_come_in_pieces_and_leave_with_their_job() throws Exception {
    byte[] large = new byte[(3 << 20) + 17];
    new Random(1).nextBytes(large);
    Path draft = Files.write(there.results().draft(), large);
    JobId id = submit("hello");
    Claim claim = claim();
    StoredResult result = there.results().keep(claim, new Draft.InFile(draft));
    there.queue().complete(claim, result);
    assertThat(draft).doesNotExist();
    assertThat(result.bytes()).isEqualTo(large.length);
    try (var bytes = here.results().open(id)) {
      assertThat(bytes.read((1 << 20) - 50, 100))
          .isEqualTo(java.util.Arrays.copyOfRange(large, (1 << 20) - 50, (1 << 20) + 50));
    }
    try (var later =
        redis.depot(Limits.defaults(), () -> Instant.now().plus(Duration.ofHours(25)))) {
      assertThat(later.queue().sweep()).containsExactly(id);
    }
    assertThat(here.results().open(id)).isNull();
  }

  @Test
  void a_key_keeps_no_more_than_its_share() throws Exception {
    Limits all = Limits.defaults();
    var few = new Limits.Storage(all.storage().retention(), 150, 100);
    var small =
        new Limits(all.connections(), all.body(), all.graphs(), all.runs(), all.queueing(), few);
    try (var depot = redis.depot(small, null)) {
      keep(depot, "a", 60);
      assertThatThrownBy(() -> keep(depot, "a", 60)).satisfies(RedisDepotOnRedis::isFull);
      keep(depot, "b", 60);
      assertThatThrownBy(() -> keep(depot, "c", 60)).satisfies(RedisDepotOnRedis::isFull);
    }
  }

  private static void keep(RedisDepot depot, String owner, int bytes) throws Exception {
    submit(depot, owner, "hello");
    Claim claim = depot.queue().claim("w", "m", 1, Duration.ofSeconds(5)).getFirst();
    keep(depot, claim, "x".repeat(bytes));
  }

  private static @Nullable StoredResult keep(RedisDepot depot, Claim claim, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return depot.results().keep(claim, new Draft.InMemory(bytes));
  }

  @Test
  void a_result_that_comes_late_replaces_nothing() throws Exception {
    JobId id = submit("hello");
    Claim lost = claim();
    Claim next;
    try (var later =
        redis.depot(Limits.defaults(), () -> Instant.now().plus(Duration.ofSeconds(20)))) {
      next = later.queue().claim("w", "m", 1, Duration.ZERO).getFirst();
      assertThat(keep(there, lost, "late, while it runs elsewhere")).isNull();
      later.queue().complete(next, keep(later, next, "in time"));
    }
    assertThat(next.attempt()).isEqualTo(2);
    assertThat(keep(there, lost, "late, after its end")).isNull();
    there.queue().complete(lost, new StoredResult("x", 1));
    assertThat(text(id)).isEqualTo("in time");
    assertThat(here.queue().find(id).result().bytes()).isEqualTo(7);
  }

  @Test
  void a_line_that_fell_silent_is_left_for_a_new_one() throws Exception {
    try (var line = new SilentLine(redis.address());
        var far = RedisDepot.open(line.address(), folder.resolve("far"), Limits.defaults())) {
      JobId id = submit("hello");
      Claim claim = far.queue().claim("w", "m", 1, Duration.ofSeconds(5)).getFirst();
      line.cut();
      assertThatThrownBy(() -> far.queue().find(id)).isInstanceOf(StoreException.class);
      try (var threads = Executors.newSingleThreadExecutor()) {
        var ended = threads.submit(() -> far.queue().complete(claim, new StoredResult("x", 1)));
        line.mend(); // for those who call again: what was connected stays silent
        ended.get();
      }
      assertThat(state(id)).isEqualTo(JobState.COMPLETED);
      assertThat(far.queue().find(id).attempts()).isEqualTo(1);
      JobId next = submit("hello");
      assertThat(far.queue().claim("w", "m", 1, Duration.ofSeconds(5)).getFirst().job().id())
          .isEqualTo(next);
    }
  }

  private static void isFull(Throwable thrown) {
    assertThat(((RefusedException) thrown).failure().code()).isEqualTo(ErrorCode.STORAGE_FULL);
  }

  @Test
  void settings_that_lose_jobs_are_told(@TempDir Path other) {
    assertThat(here.warnings()).isEmpty();
    try (var forgetful = RedisServer.forgetful(other);
        var depot = forgetful.depot(Limits.defaults(), null)) {
      assertThat(depot.warnings()).singleElement().asString().contains("appendonly");
    }
  }

  @Test
  void a_full_redis_refuses_and_keeps_what_it_has(@TempDir Path other) throws Exception {
    try (var small = RedisServer.durable(other, "--maxmemory", "12mb");
        var depot = small.depot(Limits.defaults(), null)) {
      var large = new Payload(new byte[2 << 20], new byte[0]);
      var submission = new Submission("a", "m", null, 0, Duration.ofSeconds(9), large, null);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10; i++) {
                  depot.queue().submit(submission);
                }
              })
          .satisfies(RedisDepotOnRedis::isFull);
      int accepted = depot.queue().jobsOf("a", 10).size();
      assertThat(accepted).isBetween(1, 9);
      for (int i = 0; i < accepted; i++) {
        Claim claim = depot.queue().claim("w", "m", 1, Duration.ZERO).getFirst();
        depot.queue().complete(claim, new StoredResult("x", 1));
      }
      depot.queue().submit(submission); // there is room again
    }
  }

  @Test
  void a_worker_with_another_model_of_that_name_is_refused() {
    HostedModel model = new TestExecutor("m-1", "m", 1).model();
    here.host(List.of(model));
    there.requireHosted(model);
    var other =
        new HostedModel("m", "gpt2", "other", 1, 1, "float32", 1, List.of(), Path.of("/nowhere"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> there.requireHosted(other))
        .withMessageContaining("other");
  }
}
