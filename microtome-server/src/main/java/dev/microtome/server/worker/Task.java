package dev.microtome.server.worker;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.TokenRun;
import dev.microtome.models.remote.JobForm;
import dev.microtome.models.remote.ResultForm;
import dev.microtome.server.job.JobId;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.trace.Copies;
import dev.microtome.trace.Step;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A job that was read and is about to run.
///
/// @param seed what its random numbers start from
record Task(Work work, JobForm.Asked asked, long seed, Stop stop) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern RANDOM_OPS =
      Pattern.compile(
          ".*(rand|dropout|bernoulli|multinomial|normal|uniform|poisson|exponential|rrelu|attention).*");

  /// Reads a job for `model`.
  ///
  /// @throws IllegalArgumentException when it is no sound job
  static Task of(Work work, LanguageModel<?> model, Stop stop) {
    JobForm.Asked asked = read(work.payload().jsonText(), work.payload().tensors(), model);
    return new Task(
        work, asked, Objects.requireNonNullElseGet(asked.seed(), RANDOM::nextLong), stop);
  }

  static JobForm.Asked read(String json, byte[] tensors, LanguageModel<?> model) {
    Map<String, Tensor> constants =
        tensors.length == 0
            ? Map.of()
            : ResultForm.tensors(Safetensors.of("the job's tensors", tensors));
    return JobForm.read(json, constants, model::encode);
  }

  JobId id() {
    return work.id();
  }

  List<TokenRun> runs() {
    return asked.runs();
  }

  @Nullable String adapter() {
    return asked.adapter();
  }

  /// Whether other jobs' prompts may stand beside this one's in one run: one prompt, one call, no
  /// backward pass, no random numbers.
  boolean isSharable() {
    if (runs().size() != 1) {
      return false;
    }
    TokenRun run = runs().getFirst();
    return run.prompts().size() == 1
        && !run.together()
        && run.generation() == null
        && Copies.arePossible(run.graph())
        && run.graph().nodes().stream().noneMatch(node -> isRandom(node.step()));
  }

  private static boolean isRandom(Step step) {
    return step instanceof Step.Call call && RANDOM_OPS.matcher(call.op()).matches();
  }

  /// How many tokens its one prompt has.
  int tokens() {
    return runs().getFirst().prompts().getFirst().length;
  }
}
