package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.GraphJson;
import dev.microtome.trace.MissingValueException;
import dev.microtome.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The walkthrough's second half, on the model in the library.
class InterventionsTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final Gpt2 GPT2 = LM.network();
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String ROME = "The Colosseum is in the city of";
  private static final String LONGER = "Many tourists visit the Eiffel Tower when they are in";
  private static final List<String> PROMPTS =
      List.of(PARIS, ROME, LONGER, "In Paris, people speak");

  private record Both(Tensor first, Tensor second) {}

  private static Tensor logits(Trace t) {
    return t.at(GPT2.lmHead).output();
  }

  private static Tensor zeroMlp(Trace t, int block) {
    t.at(GPT2.transformer.h.get(block).mlp).output().at(":").set(0);
    return logits(t);
  }

  private static String predicted(Tensor logits) {
    return LM.tokenizer().decode(logits.get(0, -1).argmax(-1).itemLong());
  }

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-5);
  }

  @Test
  void ablating_an_mlp_changes_what_is_predicted() {
    assertThat(predicted(LM.trace(PARIS, InterventionsTest::logits))).isEqualTo(" Paris");
    Tensor ablated = LM.trace(PARIS, t -> zeroMlp(t, 3));
    assertThat(ablated.sub(LM.logits(PARIS)).abs().max().item()).isGreaterThan(0.1);
  }

  @Test
  void two_prompts_share_one_forward_with_different_edits() {
    int[] calls = {0};
    try (var _ =
        GPT2.transformer.onOutput((_, value) -> {
          calls[0]++;
          return value;
        })) {
      Both both =
          LM.traceBatch(batch ->
              new Both(
                  batch.invoke(PARIS, t -> zeroMlp(t, 3)),
                  batch.invoke(PARIS, InterventionsTest::logits)));
      close(both.second(), LM.logits(PARIS));
      close(both.first(), LM.trace(PARIS, t -> zeroMlp(t, 3)));
    }
    assertThat(calls[0]).isGreaterThan(0);
  }

  @Test
  void prompts_of_different_lengths_see_exactly_what_they_would_see_alone() {
    List<Tensor> together =
        LM.traceBatch(batch ->
            PROMPTS.stream().map(p -> batch.invoke(p, InterventionsTest::logits)).toList());
    for (int i = 0; i < PROMPTS.size(); i++) {
      close(together.get(i), LM.logits(PROMPTS.get(i)));
    }
    var block = GPT2.transformer.h.get(1);
    List<Tensor> patterns =
        LM.traceBatch(batch ->
            PROMPTS.stream()
                .map(p -> batch.invoke(p, t -> t.at(block.attn.attnDropout).output()))
                .toList());
    for (int i = 0; i < PROMPTS.size(); i++) {
      close(patterns.get(i), LM.trace(PROMPTS.get(i), t -> t.at(block.attn.attnDropout).output()));
    }
  }

  @Test
  void values_cross_from_one_prompt_to_a_later_one() {
    String blanks = "_ _ _ _ _ _ _ _ _ _";
    List<Tensor> results =
        LM.traceBatch(batch -> {
          Tensor embeddings = batch.invoke(PARIS, t -> t.at(GPT2.transformer.wte).output());
          return List.of(
              batch.invoke(
                  blanks,
                  t -> {
                    t.at(GPT2.transformer.wte).output(embeddings);
                    return logits(t);
                  }),
              batch.invoke(blanks, InterventionsTest::logits));
        });
    assertThat(predicted(results.get(0))).isEqualTo(" Paris");
    close(results.get(1), LM.logits(blanks));
  }

  /// What one random edit does, alone or in a batch.
  private record Edit(int block, int kind, double amount) {
    static Edit random(Random random) {
      return new Edit(random.nextInt(4), random.nextInt(4), random.nextGaussian());
    }

    Tensor apply(Trace t) {
      var layer = GPT2.transformer.h.get(block);
      switch (kind) {
        case 0 -> t.at(layer.mlp).output().at(":", -1).set(amount);
        case 1 -> t.at(layer).output(t.at(layer).output().mul(1 + amount));
        case 2 -> t.at(layer.attn.cProj).input().at("...", "8:16").set(0);
        default -> t.at(layer.mlp.cFc).output().mul_(amount);
      }
      t.stop(); // the head over 50,257 tokens is not needed to compare
      return t.at(GPT2.transformer.lnF).output();
    }
  }

  @Test
  void nothing_leaks_between_rows_in_two_thousand_pairs_of_edits() {
    var random = new Random(11);
    Grad.off(() -> {
      for (int round = 0; round < 75; round++) { // of 28 pairs each
        List<String> prompts =
            IntStream.range(0, 8).mapToObj(_ -> PROMPTS.get(random.nextInt(4))).toList();
        List<Edit> edits = IntStream.range(0, 8).mapToObj(_ -> Edit.random(random)).toList();
        Scope.run(() -> checkRound(prompts, edits));
      }
    });
  }

  private static void checkRound(List<String> prompts, List<Edit> edits) {
    List<Tensor> together =
        LM.traceBatch(batch -> {
          var results = new ArrayList<Tensor>();
          for (int i = 0; i < prompts.size(); i++) {
            results.add(batch.invoke(prompts.get(i), edits.get(i)::apply));
          }
          return results;
        });
    for (int i = 0; i < prompts.size(); i++) {
      Tensor alone = LM.trace(prompts.get(i), edits.get(i)::apply);
      double scale = Math.max(1, alone.abs().max().item());
      assertThat(together.get(i).sub(alone).abs().max().item() / scale)
          .as("%s with %s", prompts.get(i), edits.get(i))
          .isLessThan(1e-5);
      assertThat(top(together.get(i))).isEqualTo(top(alone));
    }
  }

  private static long top(Tensor normed) {
    return GPT2.lmHead.apply(normed.get(0, -1)).argmax(-1).itemLong();
  }

  @Test
  void gradients_of_a_batch_are_those_of_each_prompt_alone() {
    var block = GPT2.transformer.h.get(2);
    List<Tensor> together =
        LM.traceBatch(batch -> {
          var gradients = new ArrayList<Tensor>();
          Tensor loss = null;
          for (String prompt : PROMPTS) {
            Tensor[] result = new Tensor[1];
            Tensor top =
                batch.invoke(
                    prompt,
                    t -> {
                      Tensor stream = t.at(block).output();
                      result[0] = stream.grad().save();
                      return logits(t).get(0, -1).max();
                    });
            gradients.add(result[0]);
            loss = loss == null ? top : loss.add(top);
          }
          java.util.Objects.requireNonNull(loss).backward();
          return gradients;
        });
    for (int i = 0; i < PROMPTS.size(); i++) {
      Tensor alone =
          LM.trace(
              PROMPTS.get(i),
              t -> {
                Tensor gradient = t.at(block).output().grad();
                logits(t).get(0, -1).max().backward();
                return gradient;
              });
      close(together.get(i), alone);
    }
  }

  @Test
  void each_step_of_a_generation_can_be_read() {
    record Steps(List<Tensor> ids, Tensor all) {}
    var options = new GenerationOptions().maxNewTokens(3);
    Steps steps =
        LM.trace(
            PARIS,
            options,
            t ->
                new Steps(
                    t.steps(0, 3, s -> s.at(GPT2.lmHead).output().argmax(-1)), t.generated()));

    long[] generated = LM.generate(PARIS, options).sequence();
    assertThat(steps.all().toLongs()).containsExactly(generated);
    for (int i = 0; i < 3; i++) {
      assertThat(steps.ids().get(i).get(0, -1).itemLong())
          .isEqualTo(generated[generated.length - 3 + i]);
    }
  }

  @Test
  void a_step_that_is_never_reached_says_how_many_there_were() {
    var options = new GenerationOptions().maxNewTokens(2);
    assertThatThrownBy(() -> LM.trace(PARIS, options, t -> t.step(5).at(GPT2.lmHead).output()))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("lm_head.output[5]: the layer is called 2 times only")
        .hasMessageContaining("InterventionsTest.java:");
  }

  @Test
  void an_edit_at_one_step_changes_the_tokens_from_there_on() {
    var options = new GenerationOptions().maxNewTokens(2);
    Tensor ids =
        LM.trace(
            PARIS,
            options,
            t -> {
              Tensor scores = t.step(0).at(GPT2.lmHead).output();
              scores.at("...", LM.encode(" Rome")[0]).set(1e4);
              return t.generated();
            });
    assertThat(LM.tokenizer().decode(ids.get(0, "10:").toLongs(), true)).startsWith(" Rome");
  }

  @Test
  void a_skipped_layer_does_not_run_and_its_output_is_what_was_given() {
    var block = GPT2.transformer.h.get(1);
    Both both =
        LM.trace(
            PARIS,
            t -> {
              Tensor before = t.at(GPT2.transformer.h.get(0)).output();
              t.at(block).skip(before);
              return new Both(before, t.at(block).output());
            });
    close(both.second(), both.first());
    assertThatThrownBy(() ->
            LM.trace(
                PARIS,
                t -> {
                  t.at(block).skip(t.at(GPT2.transformer.h.get(0)).output());
                  return t.at(block.mlp).output();
                }))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("transformer.h.1.mlp.output");
  }

  @Test
  void a_stopped_run_goes_no_further_than_it_must() {
    int[] calls = {0};
    try (var _ =
        GPT2.transformer
            .h
            .get(3)
            .onInput((_, value) -> {
              calls[0]++;
              return value;
            })) {
      LM.trace(PARIS, InterventionsTest::logits); // scanned from here on
      calls[0] = 0;
      Tensor early =
          LM.trace(
              PARIS,
              t -> {
                t.stop();
                return t.at(GPT2.transformer.h.get(1)).output();
              });
      assertThat(early.shape()).hasToString("[1, 10, 32]");
      assertThat(calls[0]).isZero();
    }
  }

  @Test
  void an_edited_model_keeps_its_edits_and_leaves_the_original_alone() {
    LanguageModel<Gpt2> edited =
        LM.edit(
            PARIS,
            t -> {
              t.at(GPT2.transformer.h.get(3).mlp).output().at(":").set(0);
              return null;
            });
    Tensor expected = LM.trace(ROME, t -> zeroMlp(t, 3));

    close(edited.logits(ROME), expected);
    close(edited.trace(ROME, InterventionsTest::logits), expected);
    assertThat(predicted(LM.logits(ROME))).isEqualTo(" Rome");

    var written = GraphJson.write(edited.model().edits());
    close(LM.withEdits(GraphJson.read(written)).logits(ROME), expected);
  }

  @Test
  void an_edited_model_generates_with_its_edits_at_every_step() {
    LanguageModel<Gpt2> edited =
        LM.edit(
            PARIS,
            t -> {
              t.at(GPT2.lmHead).output().at("...", LM.encode(" Rome")[0]).set(1e4);
              return null;
            });

    assertThat(edited.generate(PARIS, 3).text()).endsWith(" Rome Rome Rome");
  }

  @Test
  void an_invoke_inside_another_is_refused() {
    assertThatThrownBy(() ->
            LM.<Tensor>traceBatch(
                batch -> batch.invoke(PARIS, _ -> batch.invoke(ROME, InterventionsTest::logits))))
        .hasMessageContaining("inside another");
  }
}
