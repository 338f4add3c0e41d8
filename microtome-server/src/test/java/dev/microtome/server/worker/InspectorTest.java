package dev.microtome.server.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TokenRun;
import dev.microtome.server.ShippedFolder;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.work.Costing;
import dev.microtome.tensor.PeakMemory;
import dev.microtome.trace.Trace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class InspectorTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";
  private static final LanguageModel<Gpt2> HERE = LanguageModel.shipped();
  private static final Inspector INSPECTOR =
      new Inspector(
          Hosted.skeleton("facts", ShippedFolder.path()),
          new Inspector.Most(1L << 30, Limits.defaults().runs()));

  private static List<TokenRun> runs(Function<LanguageModel<Gpt2>, Object> use) {
    var asked = new ArrayList<TokenRun>();
    try {
      use.apply(
          HERE.on((_, runs) -> {
            asked.addAll(runs);
            throw new IllegalCallerException("recorded");
          }));
    } catch (IllegalCallerException recorded) {
      return asked;
    }
    throw new IllegalStateException("nothing was traced");
  }

  private static Costing.Cost cost(Function<LanguageModel<Gpt2>, Object> use) {
    return INSPECTOR.cost(ExecutorHost.payload(runs(use), null));
  }

  private static Failure refused(Function<LanguageModel<Gpt2>, Object> use) {
    return catchThrowableOfType(RefusedException.class, () -> cost(use)).failure();
  }

  private static Object outputs(Trace t) {
    return t.at("transformer.h.2").output();
  }

  @Test
  void a_result_is_counted_to_the_byte() {
    Costing.Cost cost = cost(lm -> lm.trace(PROMPT, InspectorTest::outputs));
    long tokens = HERE.encode(PROMPT).length;
    assertThat(cost.resultBytes()).isEqualTo(tokens * 32 * 4);
    assertThat(cost.seconds()).isBetween(0.0, 1.0);
  }

  @Test
  void memory_is_told_before_it_is_taken() {
    Function<LanguageModel<Gpt2>, Object> grow =
        lm ->
            lm.trace(
                PROMPT,
                t -> {
                  var out = t.at("transformer.h.2").output().sum();
                  return out.expand(3000, 3000).mul(2).sum();
                });
    grow.apply(HERE);
    try (var peak = PeakMemory.watch()) {
      grow.apply(HERE);
      assertThat((double) cost(grow).peakBytes()).isGreaterThanOrEqualTo(0.9 * peak.bytes());
    }
  }

  @Test
  void what_would_not_fit_is_refused_with_node_and_limit() {
    Failure failure =
        refused(lm ->
            lm.trace(
                PROMPT,
                t -> t.at("transformer.h.2").output().sum().expand(200_000, 200_000).mul(2).sum()));
    assertThat(failure.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    assertThat(failure.node()).isEqualTo(3);
    assertThat(failure.message()).contains("memory", "1.600e+11 bytes", "1.074e+09", "node 3");
  }

  @Test
  void endless_loops_are_refused() {
    Failure failure =
        refused(lm ->
            lm.trace(
                PROMPT,
                t ->
                    t.repeat(
                        2_000_000_000L,
                        t.at("transformer.h.2").output().sum(),
                        (_, x) -> x.mul(2))));
    assertThat(failure.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    assertThat(failure.message()).contains("time", "seconds");
  }

  @Test
  void a_layer_that_is_not_there_is_refused_with_its_node() {
    Payload good = ExecutorHost.payload(runs(lm -> lm.trace(PROMPT, InspectorTest::outputs)), null);
    String bad = good.jsonText().replace("transformer.h.2", "transformer.h.9");
    Failure failure =
        catchThrowableOfType(
                RefusedException.class,
                () ->
                    INSPECTOR.cost(new Payload(bad.getBytes(StandardCharsets.UTF_8), new byte[0])))
            .failure();
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_GRAPH);
    assertThat(failure.node()).isZero();
    assertThat(failure.message()).contains("transformer.h.9");
  }

  @Test
  void an_operation_out_of_thin_air_is_refused() {
    String job =
        """
        {"version":1,"model":"facts","traces":[{"prompts":[[1]],"nodes":[
          {"op":"aten::zeros","args":[{"ints":[1000000000000]}],"save":true}]}]}\
        """;
    assertThatThrownBy(
            () -> INSPECTOR.cost(new Payload(job.getBytes(StandardCharsets.UTF_8), new byte[0])))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no tensor among its arguments");
  }

  @Test
  void prompts_beyond_vocabulary_or_context_are_refused() {
    String job =
        """
        {"version":1,"model":"facts","traces":[{"prompts":[[99999999]],"nodes":[]}]}\
        """;
    assertThatThrownBy(
            () -> INSPECTOR.cost(new Payload(job.getBytes(StandardCharsets.UTF_8), new byte[0])))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("99999999");
  }

  @Test
  void a_late_step_of_a_generation_costs_no_time_to_look_at() {
    var options = new GenerationOptions().maxNewTokens(40);
    Costing.Cost cost =
        cost(lm -> lm.trace(PROMPT, options, t -> t.step(30).at("lm_head").output()));
    assertThat(cost.flops()).isPositive();
  }
}
