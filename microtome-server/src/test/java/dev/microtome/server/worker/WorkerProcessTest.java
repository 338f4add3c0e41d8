package dev.microtome.server.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.ShippedFolder;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.work.Condition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerProcessTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir static Path folder;
  private static WorkerProcess worker;

  @BeforeAll
  static void start() {
    worker =
        WorkerProcess.start(
            new WorkerProcess.Settings(
                "facts", ShippedFolder.path(), 1, 8, 1L << 30, 1, folder.resolve("worker.log")));
  }

  @AfterAll
  static void stop() {
    worker.close();
  }

  private static Ended run(Claim... claims) throws InterruptedException {
    var ended = new Ended(folder);
    worker.run(List.of(claims), ended);
    return ended;
  }

  private static void works() throws InterruptedException {
    assertThat(run(Claims.of(Jobs.plain(PROMPT))).completed()).hasSize(1);
  }

  @Test
  void says_which_model_it_owns() {
    assertThat(worker.model().architecture()).isEqualTo("gpt2");
    assertThat(worker.model().context()).isPositive();
    assertThat(worker.model().revision()).hasSize(16);
    assertThat(worker.condition().phase()).isEqualTo(Condition.Phase.READY);
    assertThat(worker.condition().memory()).isGreaterThan(1 << 20);
  }

  @Test
  void a_job_beyond_its_time_ends_between_two_nodes() throws InterruptedException {
    Claim slow = Claims.of(Jobs.slow(), Duration.ofMillis(300));
    Failure failure = run(slow).failed().get(slow.job().id());
    assertThat(failure.code()).isEqualTo(ErrorCode.TIMED_OUT);
    works();
  }

  @Test
  void a_cancelled_job_ends_and_the_next_one_runs() throws InterruptedException {
    Claim slow = Claims.of(Jobs.slow());
    Thread.ofPlatform()
        .start(() -> {
          sleep(300);
          worker.cancel(slow.job().id());
        });
    assertThat(run(slow).failed()).containsKey(slow.job().id());
    works();
  }

  @Test
  void too_much_memory_is_an_error_of_the_job() throws InterruptedException {
    Claim large = Claims.of(Jobs.large());
    Failure failure = run(large).failed().get(large.job().id());
    assertThat(failure.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
    assertThat(failure.node()).isPositive();
    works();
  }

  @Test
  void of_several_jobs_in_a_killed_process_none_is_guilty_yet() throws InterruptedException {
    Claim slow = Claims.of(Jobs.slow());
    Claim other = Claims.of(Jobs.slow());
    Thread.ofPlatform()
        .start(() -> {
          sleep(300);
          ProcessHandle.of(worker.processId()).orElseThrow().destroyForcibly();
        });
    int before = worker.condition().restarts();
    Ended ended = run(slow, other);
    assertThat(worker.condition().restarts()).isEqualTo(before + 1);
    assertThat(ended.lost()).hasSize(2).doesNotContainValue(true);
    assertThat(worker.together()).isEqualTo(1);
    works();
    works();
    assertThat(worker.together()).isEqualTo(8);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
