package dev.microtome.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.job.Submission;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Every order in which two workers, two jobs, a lost lease and a cancel can meet.
abstract class StateModel {
  private static final int LENGTH = 4;
  private static final int ACTIONS = 8;

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final JobQueue queue = open(Limits.defaults(), () -> now);
  private int orders;

  /// A queue without any job.
  abstract JobQueue open(Limits limits, InstantSource clock);

  @Test
  void whatever_happens_states_move_forward_and_jobs_run_at_most_twice() throws Exception {
    try (queue) {
      go(new int[LENGTH], 0);
    }
    assertThat(orders).isEqualTo((int) Math.pow(ACTIONS, LENGTH));
  }

  private void go(int[] actions, int depth) throws Exception {
    if (depth == LENGTH) {
      orders++;
      play(actions);
      return;
    }
    for (int action = 0; action < ACTIONS; action++) {
      actions[depth] = action;
      go(actions, depth + 1);
    }
  }

  private void play(int[] actions) throws Exception {
    JobId first = submit();
    submit();
    Map<String, List<Claim>> held = new HashMap<>();
    held.put("w0", new ArrayList<>());
    held.put("w1", new ArrayList<>());
    for (int action : actions) {
      act(action, first, held);
    }
    finish();
    for (Job job : queue.jobsOf("a", 2)) {
      assertThat(job.state().isFinal()).isTrue();
      assertThat(job.attempts()).isLessThanOrEqualTo(2);
      check(queue.events(job.id(), 0));
    }
  }

  private JobId submit() {
    var payload = new Payload(new byte[] {1}, new byte[0]);
    var submission = new Submission("a", "m", null, 0, Duration.ofSeconds(9), payload, null);
    return queue.submit(submission).job().id();
  }

  private void act(int action, JobId first, Map<String, List<Claim>> held)
      throws InterruptedException {
    String worker = "w" + action % 2;
    List<Claim> claims = held.get(worker);
    switch (action / 2) {
      case 0 -> claims.addAll(queue.claim(worker, "m", 1, Duration.ZERO));
      case 1 -> claims.forEach(claim -> queue.complete(claim, new StoredResult("x", 1)));
      case 2 -> claims.forEach(claim -> queue.retry(claim, new Failure(ErrorCode.INTERNAL, "x")));
      default -> {
        if (action % 2 == 0) {
          queue.cancel(first);
        } else {
          now = now.plusSeconds(20); // every lease is over
          queue.sweep();
        }
      }
    }
  }

  /// A good worker does what is left.
  private void finish() throws InterruptedException {
    for (int i = 0; i < 4; i++) {
      now = now.plusSeconds(20);
      queue.sweep();
      for (Claim claim : queue.claim("good", "m", 2, Duration.ZERO)) {
        queue.complete(claim, new StoredResult("y", 1));
      }
    }
  }

  private static void check(List<JobEvent> events) {
    int ends = 0;
    JobState last = null;
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).number()).isEqualTo(i + 1);
      if (events.get(i).what() instanceof JobEvent.What.Entered(JobState state, var _)) {
        assertThat(last == null || last.mayBecome(state)).isTrue();
        ends += state.isFinal() ? 1 : 0;
        last = state;
      }
    }
    assertThat(ends).isEqualTo(1);
  }
}
