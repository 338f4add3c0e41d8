package dev.microtome.server.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.TestExecutor;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.Submission;
import dev.microtome.server.queue.Database;
import dev.microtome.server.queue.LocalResults;
import dev.microtome.server.queue.SqliteJobQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DispatcherTest {
  @TempDir Path folder;

  private final Database database = Database.inMemory();
  private final SqliteJobQueue queue =
      SqliteJobQueue.open(database, Limits.defaults(), Instant::now);
  private final TestExecutor executor = new TestExecutor("m-1", "m", 1);
  private Dispatcher dispatcher;

  @BeforeEach
  void start() throws IOException {
    var results = LocalResults.open(folder, database, Limits.defaults().storage());
    dispatcher = new Dispatcher(queue, results, new Progress(), List.of(executor));
  }

  @AfterEach
  void stop() {
    dispatcher.close();
    queue.close();
  }

  private JobId submit(String order) {
    var payload =
        new Payload(TestExecutor.job(order).getBytes(StandardCharsets.UTF_8), new byte[0]);
    var submission = new Submission("a", "m", null, 0, Duration.ofSeconds(60), payload, null);
    return queue.submit(submission).job().id();
  }

  private void await(JobId id, JobState state) throws InterruptedException {
    for (int i = 0; i < 1_000 && queue.find(id).state() != state; i++) {
      Thread.sleep(5);
    }
    assertThat(queue.find(id).state()).isEqualTo(state);
  }

  @Test
  void a_job_that_runs_when_the_server_stops_ends_and_the_rest_stays_queued() throws Exception {
    JobId running = submit("sleep 300");
    await(running, JobState.RUNNING);
    JobId waiting = submit("hello");
    dispatcher.drain(Duration.ofSeconds(20));
    await(running, JobState.COMPLETED);
    assertThat(queue.find(waiting).state()).isEqualTo(JobState.QUEUED);
  }

  @Test
  void a_job_that_does_not_end_in_time_is_given_back_uncounted() throws Exception {
    JobId running = submit("sleep 60000");
    await(running, JobState.RUNNING);
    dispatcher.drain(Duration.ofMillis(50));
    var again = queue.claim("other", "m", 1, Duration.ZERO).getFirst();
    assertThat(again.job().id()).isEqualTo(running);
    assertThat(again.attempt()).isEqualTo(1);
    executor.cancel(running);
  }

  @Test
  void a_cancelled_job_is_given_up_by_its_executor() throws Exception {
    JobId running = submit("sleep 60000");
    await(running, JobState.RUNNING);
    queue.cancel(running);
    JobId next = submit("hello");
    await(next, JobState.COMPLETED);
    assertThat(queue.find(running).state()).isEqualTo(JobState.CANCELLED);
  }
}
