package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.PeakMemory;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import dev.microtome.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// One recorded trace over many prompts.
class PromptTraceTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final Gpt2 GPT2 = LM.network();
  private static final Gpt2.Block BLOCK = GPT2.transformer.h.get(1);
  private static final List<String> PROMPTS =
      List.of(
          "The Eiffel Tower is in the city of",
          "In Paris, people speak",
          "Many tourists visit the Eiffel Tower when they are in",
          "The Colosseum is in the city of",
          "_",
          "The Colosseum is in the country of");

  private record Seen(Tensor edited, Tensor best) {}

  /// An edit, a swap and a skip, on prompts of any length.
  private static Seen looked(Trace t) {
    t.at(BLOCK.mlp).output().at(":", t.token(-1)).set(0.5);
    t.at(GPT2.transformer.h.get(2)).skip(t.at(BLOCK).output().mul(0.9));
    t.at(GPT2.transformer.lnF).output(t.at(GPT2.transformer.lnF).output().mul(2));
    t.stop();
    return new Seen(
        t.at(GPT2.transformer.h.get(3)).output(),
        t.at(GPT2.transformer.lnF).output().get(0, t.token(-1)).argmax(-1));
  }

  private static Stream<String> endless() {
    return Stream.iterate(0, i -> i + 1).map(i -> PROMPTS.get(i % PROMPTS.size()));
  }

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-5);
  }

  @Test
  void results_come_in_order_and_are_those_of_each_prompt_alone() {
    PromptTrace<Seen> recorded = LM.record(PROMPTS.getFirst(), PromptTraceTest::looked);
    List<Seen> expected = PROMPTS.stream().map(p -> LM.trace(p, PromptTraceTest::looked)).toList();
    for (int together : List.of(1, 2, 4, 16)) {
      List<Seen> seen = recorded.together(together).runAll(endless().limit(23)).toList();
      assertThat(seen).hasSize(23);
      for (int i = 0; i < seen.size(); i++) {
        close(seen.get(i).edited(), expected.get(i % PROMPTS.size()).edited());
        assertThat(seen.get(i).best().itemLong())
            .isEqualTo(expected.get(i % PROMPTS.size()).best().itemLong());
      }
    }
  }

  @Test
  void prompts_are_taken_as_results_are_asked_for() {
    var taken = new ArrayList<String>();
    PromptTrace<Tensor> recorded =
        LM.record(PROMPTS.getFirst(), PromptTraceTest::summed).together(2);
    var results = recorded.runAll(endless().peek(taken::add)).iterator();
    assertThat(taken).isEmpty();
    results.next();
    assertThat(taken.size()).isBetween(2, 8);
    IntStream.range(0, 20).forEach(_ -> results.next());
    assertThat(taken.size()).isBetween(21, 32);
  }

  @Test
  void memory_does_not_grow_with_the_number_of_prompts() {
    PromptTrace<Tensor> recorded =
        LM.record(
            PROMPTS.getFirst(),
            t -> {
              Tensor stream = t.at(BLOCK).output();
              stream.at(":", -1).set(0);
              t.stop();
              return t.at(GPT2.transformer.lnF).output().sum();
            });
    double total = recorded.runAll(endless().limit(200)).mapToDouble(Tensor::item).sum();
    long few = peak(recorded, 200);
    long many = peak(recorded, 2_000);
    assertThat(total).isFinite();
    assertThat(many).isLessThan(2 * few + (1 << 20));
  }

  private static long peak(PromptTrace<Tensor> recorded, int prompts) {
    try (var peak = PeakMemory.watch()) {
      assertThat(recorded.runAll(endless().limit(prompts)).filter(t -> t.dim() == 0).count())
          .isEqualTo(prompts);
      return peak.bytes();
    }
  }

  @Test
  void prompts_of_a_known_form_are_not_scanned_again() {
    PromptTrace<Tensor> recorded = LM.record(PROMPTS.getFirst(), PromptTraceTest::summed);
    recorded.runAll(endless().limit(64)).forEach(Tensor::item);
    int[] scans = {0};
    int[] runs = {0};
    try (var _ =
        GPT2.onInput((_, value) -> {
          (Values.tensors(value).getFirst() instanceof ShapeOnly ? scans : runs)[0]++;
          return value;
        })) {
      recorded.runAll(endless().limit(64)).forEach(Tensor::item);
    }
    assertThat(scans[0]).isZero();
    assertThat(runs[0]).isEqualTo(4);
  }

  @Test
  void gradients_are_asked_for_one_by_one() {
    PromptTrace<Tensor> recorded = LM.record(PROMPTS.getFirst(), PromptTraceTest::gradient);
    List<Tensor> seen = recorded.runAll(PROMPTS).toList();
    for (int i = 0; i < PROMPTS.size(); i++) {
      close(seen.get(i), LM.trace(PROMPTS.get(i), PromptTraceTest::gradient));
    }
  }

  private static Tensor summed(Trace t) {
    t.stop();
    return t.at(BLOCK).output().sum();
  }

  private static Tensor gradient(Trace t) {
    Tensor gradient = t.at(BLOCK).output().grad();
    t.at(GPT2.transformer.lnF).output().get(0, -1).sum().backward();
    return gradient;
  }

  @Test
  void an_edited_model_is_recorded_with_its_edits() {
    LanguageModel<Gpt2> edited =
        LM.edit(
            PROMPTS.getFirst(),
            t -> {
              t.at(BLOCK.mlp).output().at(":").set(0);
              return null;
            });
    List<Tensor> seen =
        edited.record("Some example", t -> t.at(BLOCK).output()).runAll(PROMPTS).toList();
    for (int i = 0; i < PROMPTS.size(); i++) {
      close(seen.get(i), edited.trace(PROMPTS.get(i), t -> t.at(BLOCK).output()));
    }
  }

  @Test
  void a_prompt_that_cant_run_gives_its_number_after_the_results_before_it() {
    PromptTrace<Tensor> recorded = LM.record(PROMPTS.getFirst(), PromptTraceTest::summed);
    var results = recorded.runAll(Stream.of("In Paris", "In Rome", "", "never")).iterator();
    assertThat(results.next().item()).isFinite();
    assertThat(results.next().item()).isFinite();
    assertThatThrownBy(results::next)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("prompt number 2 (from 0): the prompt is empty");
  }

  @Test
  void a_word_of_the_example_is_no_place_in_other_prompts() {
    assertThatThrownBy(() ->
            LM.record(PROMPTS.getFirst(), t -> t.at(BLOCK).output().get(":", t.token("Tower"))))
        .hasMessageContaining("count from the end");
  }
}
