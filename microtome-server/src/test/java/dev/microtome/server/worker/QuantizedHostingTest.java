package dev.microtome.server.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.lowbit.LowBit;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TokenRun;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model of few bits is hosted like any other.
class QuantizedHostingTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir Path folder;

  private LanguageModel<Gpt2> small;
  private Path model;

  @BeforeEach
  void save() {
    small = LanguageModel.shipped();
    small.loadWeights();
    LowBit.bits(4).groupSize(32).applyTo(small.network(), LinearPlaces.allButHead());
    model = folder.resolve("model");
    small.save(model, DType.FLOAT32);
  }

  @Test
  void a_model_of_four_bits_gives_what_it_gives_here() {
    LanguageModel<?> here = LanguageModel.load(model);
    try (var executor = InProcess.start("small", model, 4)) {
      LanguageModel<?> there = here.on(new ExecutorHost(executor, folder));
      assertThat(there.logits(PROMPT).equal(here.logits(PROMPT))).isTrue();
      assertThat(generated(there)).isEqualTo(generated(here));
      Tensor inner = edited(there);
      assertThat(inner.equal(edited(here))).isTrue();
    }
  }

  @Test
  void a_process_runs_it_by_the_same_kernels() {
    LanguageModel<?> here = LanguageModel.load(model);
    int threads = Torch.threads();
    var settings =
        new WorkerProcess.Settings(
            "small", model, 1, 1, 1L << 30, threads, folder.resolve("worker.log"));
    try (var executor = WorkerProcess.start(settings)) {
      LanguageModel<?> there = here.on(new ExecutorHost(executor, folder));
      Tensor told = there.logits(PROMPT);
      assertThat(told.equal(here.logits(PROMPT))).isTrue();
      assertThat(told.equal(small.logits(PROMPT))).isFalse(); // unpacked it rounds otherwise
    }
  }

  @Test
  void its_jobs_are_weighed_like_others() {
    var most = new Inspector.Most(1L << 30, Limits.defaults().runs());
    var inspector = new Inspector(Hosted.skeleton("small", model), most);
    var asked = new ArrayList<TokenRun>();
    LanguageModel<?> recording =
        small.on((_, runs) -> {
          asked.addAll(runs);
          throw new IllegalCallerException("recorded");
        });
    try {
      edited(recording);
    } catch (IllegalCallerException recorded) {
      Payload payload = ExecutorHost.payload(List.copyOf(asked), null);
      assertThat(inspector.cost(payload).resultBytes()).isPositive();
    }
  }

  private static String generated(LanguageModel<?> lm) {
    var options = new GenerationOptions().maxNewTokens(2).greedy();
    return lm.trace(PROMPT, options, Trace::generated).toString();
  }

  private static Tensor edited(LanguageModel<?> lm) {
    return lm.trace(
        PROMPT,
        t -> {
          t.at("transformer.h.1.mlp").output().mul_(0.5);
          return t.at("transformer.h.3").output();
        });
  }
}
