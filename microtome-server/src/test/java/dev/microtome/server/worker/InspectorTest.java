package dev.microtome.server.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

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

  /// What a job is told to take beside the network and a tensor of 32 MB, when `op` is the only
  /// thing it does with that.
  private static double beside(String op) {
    String large =
        """
        {"version":1,"model":"facts","traces":[{"prompts":[[5,9,17]],"nodes":[
          {"op":"argument","args":["transformer.h.0.output",0]},
          {"op":"aten::sum","args":[{"node":0}]},
          {"op":"aten::repeat","args":[{"node":1},{"ints":[2000,4000]}]},
          {"op":"aten::expand","args":[{"node":1},{"ints":[2000,4000]}]},
          {"op":"aten::select","args":[{"node":2},0,0]}%s]}]}\
        """;
    return peak(large.formatted("," + op)) - peak(large.formatted(""));
  }

  private static double peak(String job) {
    var payload = new Payload(job.getBytes(StandardCharsets.UTF_8), new byte[0]);
    return INSPECTOR.cost(payload).peakBytes() / 32e6;
  }

  // What each takes was measured by the system's own count.
  @Test
  void what_an_operation_holds_while_it_works_is_told() {
    assertThat(beside("{\"op\":\"aten::huber_loss\",\"args\":[{\"node\":3},{\"node\":1}]}"))
        .isGreaterThan(0.95);
    assertThat(beside("{\"op\":\"aten::quantile\",\"args\":[{\"node\":2},0.5]}"))
        .isGreaterThan(4.9);
    assertThat(beside("{\"op\":\"aten::isclose\",\"args\":[{\"node\":1},{\"node\":2}]}"))
        .isGreaterThan(3.9);
    assertThat(beside("{\"op\":\"aten::allclose\",\"args\":[{\"node\":3},{\"node\":1}]}"))
        .as("no shape comes of it")
        .isGreaterThan(3.9);
    assertThat(
            beside(
                "{\"op\":\"aten::einsum\",\"args\":[\"i,j,i,j->\","
                    + "[{\"node\":4},{\"node\":4},{\"node\":4},{\"node\":4}]]}"))
        .as("pairs of 4,000 and 4,000")
        .isGreaterThan(1.9);
  }

  @Test
  void several_operations_work_one_after_the_other() {
    String loss = "{\"op\":\"aten::huber_loss\",\"args\":[{\"node\":3},{\"node\":1}]}";
    assertThat(beside(loss + "," + loss)).isCloseTo(beside(loss), within(0.001));
  }

  @Test
  void an_operation_from_number_to_number_holds_nothing_else() {
    assertThat(beside("{\"op\":\"aten::exp\",\"args\":[{\"node\":2}]}"))
        .isCloseTo(1, within(0.001));
    assertThat(beside("{\"op\":\"aten::exp_\",\"args\":[{\"node\":2}]}"))
        .isCloseTo(0, within(0.001));
  }

  @Test
  void another_dtype_costs_a_converted_copy() {
    String mask = "{\"op\":\"aten::gt\",\"args\":[{\"node\":2},0.5]}";
    String product = "{\"op\":\"aten::mul\",\"args\":[{\"node\":2},{\"node\":5}]}";
    assertThat(beside(mask + "," + product)).isGreaterThan(0.25 + 1 + 1);
  }

  @Test
  void a_result_that_depends_on_numbers_is_told_as_large_as_it_can_be() {
    assertThat(beside("{\"op\":\"aten::nonzero\",\"args\":[{\"node\":2}]}"))
        .as("two int64 for each number")
        .isGreaterThan(3.9);
    String masked = "{\"op\":\"aten::masked_select\",\"args\":[{\"node\":2},{\"node\":5}]}";
    String mask = "{\"op\":\"aten::gt\",\"args\":[{\"node\":2},0.5]}";
    String more = "{\"op\":\"aten::repeat\",\"args\":[{\"node\":6},{\"ints\":[3]}]}";
    assertThat(beside(mask + "," + masked + "," + more)).isGreaterThan(0.25 + 1 + 3);
  }

  @Test
  void reshaping_what_lies_scattered_is_a_copy() {
    String turned = "{\"op\":\"aten::t\",\"args\":[{\"node\":2}]},";
    String row = "{\"op\":\"aten::reshape\",\"args\":[{\"node\":%d},{\"ints\":[-1]}]}";
    assertThat(beside(turned + row.formatted(5))).isGreaterThan(0.95);
    assertThat(beside(turned + row.formatted(2))).isCloseTo(0, within(0.001));
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
