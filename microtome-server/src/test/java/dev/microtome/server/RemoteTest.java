package dev.microtome.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.remote.Remote;
import dev.microtome.models.remote.RemoteException;
import dev.microtome.models.remote.RemoteJob;
import dev.microtome.models.remote.RemoteProgress;
import dev.microtome.models.remote.RemoteStatus;
import dev.microtome.models.remote.RemoteStatus.State;
import dev.microtome.server.worker.InProcess;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();

  @TempDir static Path folder;
  private static Hosting hosting;

  @BeforeAll
  static void start() throws Exception {
    hosting = new Hosting(folder, InProcess.start("facts", ShippedFolder.path(), 8));
  }

  @AfterAll
  static void stop() {
    hosting.close();
  }

  private static Tensor head(Trace t) {
    return t.at("lm_head").output();
  }

  private static Object slow(LanguageModel<Gpt2> lm) {
    return lm.trace(PROMPT, t -> t.repeat(4_000_000L, head(t).sum(), (_, x) -> x.mul(1.0000001)));
  }

  @Test
  void a_model_can_be_had_without_any_file_here() {
    LanguageModel<?> skeleton = hosting.remote().open("facts");
    assertThat(skeleton.toString()).isEqualTo(LM.toString());
    assertThat(skeleton.next(PROMPT, 1).getFirst().text()).isEqualTo(" Paris");
    assertThat(hosting.remote().models()).containsExactly("facts");
  }

  @Test
  void a_job_can_be_handed_in_and_fetched_later_and_again() {
    RemoteJob<Tensor> job = hosting.remote().submit(LM, m -> m.trace(PROMPT, RemoteTest::head));
    assertThat(job.await().state()).isEqualTo(State.COMPLETED);
    Tensor here = LM.trace(PROMPT, RemoteTest::head);
    assertThat(job.get().equal(here)).isTrue();
    RemoteJob<Tensor> again =
        hosting.remote().job(job.id(), LM, m -> m.trace(PROMPT, RemoteTest::head));
    assertThat(again.get().equal(here)).isTrue();
    assertThat(hosting.remote().jobs()).extracting(RemoteStatus::id).contains(job.id());
  }

  @Test
  void a_running_job_can_be_cancelled() {
    RemoteJob<Object> job = hosting.remote().submit(LM, RemoteTest::slow);
    assertThat(job.cancel().state()).isEqualTo(State.CANCELLED);
    assertThatThrownBy(job::get)
        .isInstanceOf(RemoteException.class)
        .hasMessageContaining("cancelled");
    assertThat(LM.on(hosting.remote()).next(PROMPT, 1)).hasSize(1);
  }

  @Test
  void a_job_whose_thread_is_interrupted_is_cancelled() throws Exception {
    var failure = new AtomicReference<Throwable>();
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              try {
                slow(LM.on(hosting.remote()));
              } catch (RuntimeException interrupted) {
                failure.set(interrupted);
              }
            });
    while (hosting.remote().jobs().stream().allMatch(job -> job.state().isFinal())) {
      Thread.sleep(5);
    }
    waiting.interrupt();
    waiting.join();
    assertThat(failure.get()).hasMessageContaining("interrupted");
    assertThat(hosting.remote().jobs().getFirst().state()).isEqualTo(State.CANCELLED);
  }

  @Test
  void progress_tells_each_state_once_and_in_order() {
    List<State> seen = Collections.synchronizedList(new ArrayList<>());
    Remote told =
        hosting
            .remote()
            .progress(
                new RemoteProgress() {
                  @Override
                  public void status(RemoteStatus status) {
                    if (seen.isEmpty() || seen.getLast() != status.state()) {
                      seen.add(status.state());
                    }
                  }
                });
    LM.on(told).trace(PROMPT, RemoteTest::head);
    assertThat(seen).isSorted().doesNotHaveDuplicates().endsWith(State.COMPLETED);
  }

  @Test
  void a_job_that_logs_too_much_is_heard_up_to_the_limit() {
    List<String> heard = Collections.synchronizedList(new ArrayList<>());
    Tensor last =
        LM.on(hosting.remote(heard::add))
            .trace(
                PROMPT,
                t ->
                    t.repeat(
                        1_100L,
                        head(t).sum(),
                        (round, sum) -> {
                          t.log("round", round);
                          return sum.mul(0);
                        }));
    assertThat(last.item()).isZero();
    assertThat(heard).hasSize(1_001).endsWith("round 999", "(only 1000 lines are kept)");
  }

  @Test
  void a_refused_job_names_the_users_line_the_node_and_the_limit() {
    assertThatThrownBy(() ->
            LM.on(hosting.remote())
                .trace(PROMPT, t -> head(t).sum().expand(200_000, 200_000).mul(2).sum()))
        .isInstanceOf(RemoteException.class)
        .hasMessageContaining("limit_exceeded: memory")
        .hasMessageContaining("node 3")
        .hasMessageContaining("RemoteTest.java:");
  }

  @Test
  void a_wrong_key_opens_nothing_and_is_not_shown() {
    Remote stranger = Remote.at(hosting.address(), "mt_wrong");
    assertThatThrownBy(() -> LM.on(stranger).next(PROMPT, 1))
        .isInstanceOf(RemoteException.class)
        .hasMessageContaining("unauthorized")
        .hasMessageNotContaining("mt_wrong");
    assertThat(stranger.toString()).doesNotContain("mt_wrong");
  }

  @Test
  void a_job_of_another_key_is_not_there() {
    RemoteJob<Tensor> job = hosting.remote().submit(LM, m -> m.trace(PROMPT, RemoteTest::head));
    Remote other = Remote.at(hosting.address(), hosting.key("other"));
    assertThatThrownBy(() -> other.status(job.id()))
        .isInstanceOf(RemoteException.class)
        .hasMessageContaining("not_found");
    assertThat(other.jobs()).isEmpty();
  }

  @Test
  void a_model_that_is_not_hosted_is_named() {
    assertThatThrownBy(() -> LM.on(hosting.remote().model("none")).next(PROMPT, 1))
        .isInstanceOf(RemoteException.class)
        .hasMessageContaining("unknown_model")
        .hasMessageContaining("facts");
  }
}
