package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Tensor;
import dev.microtome.trace.MissingValueException;
import dev.microtome.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Generations seen from inside: several prompts, edited models, gradients.
class TracedGenerationTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final Gpt2 GPT2 = LM.network();
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String ROME = "The Colosseum is in the city of";
  private static final String LONGER = "Many tourists visit the Eiffel Tower when they are in";
  private static final List<String> PROMPTS =
      List.of(PARIS, LONGER, "In Paris, people speak", ROME);
  private static final GenerationOptions FOUR = new GenerationOptions().maxNewTokens(4);

  private record Seen(List<Tensor> logits, Tensor pattern, Tensor ids) {}

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-5);
  }

  private static void same(Seen actual, Seen expected) {
    assertThat(actual.ids().toLongs()).containsExactly(expected.ids().toLongs());
    for (int step = 0; step < expected.logits().size(); step++) {
      close(actual.logits().get(step), expected.logits().get(step));
    }
    close(actual.pattern(), expected.pattern());
  }

  /// Changes something at step `edited`, differently for each prompt, and looks at all steps.
  private static Seen looked(Trace t, LanguageModel<?> lm, int edited) {
    var block = lm.network().blocks().get(1);
    t.step(edited).at(block.mlp()).output().mul_(1 + edited);
    t.step(1).at(lm.network().blocks().getFirst()).output().at("...", "3:6").set(edited);
    return new Seen(
        t.steps(0, 4, s -> s.at(lm.network().head()).output()),
        t.step(2).at(block.pattern()).output(),
        t.generated());
  }

  private static List<Seen> together(
      LanguageModel<?> lm, GenerationOptions options, List<String> prompts) {
    return lm.traceBatch(
        options,
        batch -> {
          var seen = new ArrayList<Seen>();
          for (int i = 0; i < prompts.size(); i++) {
            int edited = i % 3;
            seen.add(batch.invoke(prompts.get(i), t -> looked(t, lm, edited)));
          }
          return seen;
        });
  }

  @Nested
  class several_prompts {
    @Test
    void each_gives_what_it_gives_alone_whatever_the_others_do() {
      GenerationOptions forever = FOUR.stopTokens();
      List<Seen> batch = together(LM, forever, PROMPTS);
      for (int i = 0; i < PROMPTS.size(); i++) {
        int edited = i % 3;
        same(batch.get(i), LM.trace(PROMPTS.get(i), forever, t -> looked(t, LM, edited)));
      }
    }

    @Test
    void without_a_cache_too() {
      GenerationOptions whole = FOUR.stopTokens().cache(false);
      List<Seen> batch = together(LM, whole, PROMPTS);
      for (int i = 0; i < PROMPTS.size(); i++) {
        int edited = i % 3;
        same(batch.get(i), LM.trace(PROMPTS.get(i), whole, t -> looked(t, LM, edited)));
      }
    }

    @Test
    void a_llama_with_shared_key_heads_too() {
      LanguageModel<?> llama =
          LanguageModel.load(ModelFiles.resource("models/llama-gqa-tied-bf16"));
      List<long[]> prompts =
          List.of(new long[] {5, 9, 11, 2, 7}, new long[] {8, 1}, new long[] {3, 3, 4});
      GenerationOptions options = FOUR.stopTokens();
      List<Seen> batch =
          llama.traceIdsBatch(
              options,
              b -> {
                var seen = new ArrayList<Seen>();
                for (int i = 0; i < 3; i++) {
                  int edited = i;
                  seen.add(b.invoke(prompts.get(i), t -> looked(t, llama, edited)));
                }
                return seen;
              });
      for (int i = 0; i < 3; i++) {
        int edited = i;
        Seen alone =
            llama.<Seen>traceIdsBatch(
                options, b -> b.invoke(prompts.get(edited), t -> looked(t, llama, edited)));
        same(batch.get(i), alone);
      }
    }

    @Test
    void generated_is_each_ones_own_and_ends_where_it_would_alone() {
      long paris = LM.generate(PARIS, 4).ids()[0];
      long dot = LM.generate(PARIS, 4).ids()[1];
      GenerationOptions options = new GenerationOptions().maxNewTokens(6).stopTokens(paris, dot);
      List<Tensor> ids =
          LM.traceBatch(
              options,
              batch -> PROMPTS.stream().map(p -> batch.invoke(p, Trace::generated)).toList());
      var lengths = new java.util.TreeSet<Integer>();
      for (int i = 0; i < PROMPTS.size(); i++) {
        Generated alone = LM.generate(PROMPTS.get(i), options);
        assertThat(ids.get(i).toLongs()).containsExactly(alone.sequence());
        lengths.add(alone.ids().length);
      }
      assertThat(lengths).hasSizeGreaterThan(1);
    }

    @Test
    void a_step_after_ones_own_end_is_never_reached_though_the_others_go_on() {
      long stop = LM.generate(PARIS, 4).ids()[0];
      GenerationOptions options = new GenerationOptions().maxNewTokens(6).stopTokens(stop);
      Function<Trace, Tensor> late = t -> t.step(3).at(GPT2.lmHead).output();
      assertThatThrownBy(() -> LM.trace(PARIS, options, late))
          .isInstanceOf(MissingValueException.class)
          .hasMessageContaining("called once only");
      assertThatThrownBy(() ->
              LM.traceBatch(
                  options,
                  batch ->
                      List.of(batch.invoke(ROME, Trace::generated), batch.invoke(PARIS, late))))
          .isInstanceOf(MissingValueException.class)
          .hasMessageContaining("lm_head.output[3]")
          .hasMessageContaining("called once only");
    }

    @Test
    void rules_judge_a_padded_row_as_if_it_stood_alone() {
      GenerationOptions options =
          FOUR.repetitionPenalty(1.7).noRepeatNgram(2).stopTokens().minNewTokens(2);
      List<Generated> batch = LM.generateAll(PROMPTS, options);
      for (int i = 0; i < PROMPTS.size(); i++) {
        assertThat(batch.get(i).ids()).containsExactly(LM.generate(PROMPTS.get(i), options).ids());
      }
    }

    @Test
    void values_cross_from_one_to_a_later_one() {
      String blanks = "_ _ _ _ _ _ _ _ _ _";
      List<Tensor> ids =
          LM.traceBatch(
              FOUR,
              batch -> {
                Tensor embeddings = batch.invoke(PARIS, t -> t.at(GPT2.transformer.wte).output());
                return List.of(
                    batch.invoke(
                        blanks,
                        t -> {
                          t.at(GPT2.transformer.wte).output(embeddings);
                          return t.generated();
                        }),
                    batch.invoke(blanks, Trace::generated));
              });
      assertThat(LM.tokenizer().decode(ids.get(0).toLongs(), true)).startsWith(blanks + " Paris");
      assertThat(ids.get(1).toLongs()).containsExactly(LM.generate(blanks, FOUR).sequence());
    }

    @Test
    void one_of_them_skips_a_layer_at_one_step() {
      var first = GPT2.transformer.h.get(0);
      var second = GPT2.transformer.h.get(1);
      Function<Trace, Tensor> skipping =
          t -> {
            t.step(1).at(second).skip(t.step(1).at(first).output());
            return t.step(2).at(GPT2.lmHead).output();
          };
      List<Tensor> batch =
          LM.traceBatch(
              FOUR.stopTokens(),
              b ->
                  List.of(
                      b.invoke(LONGER, t -> t.step(2).at(GPT2.lmHead).output()),
                      b.invoke(PARIS, skipping)));
      close(batch.get(1), LM.trace(PARIS, FOUR.stopTokens(), skipping));
      close(
          batch.get(0),
          LM.trace(LONGER, FOUR.stopTokens(), t -> t.step(2).at(GPT2.lmHead).output()));
    }

    @Test
    void a_beam_search_and_a_full_context_are_refused_by_name() {
      assertThatThrownBy(() ->
              LM.traceBatch(
                  FOUR.beams(2),
                  b ->
                      List.of(b.invoke(PARIS, Trace::generated), b.invoke(ROME, Trace::generated))))
          .hasMessageContaining("one prompt at a time");
      int most = GPT2.context();
      assertThatThrownBy(() ->
              LM.traceBatch(
                  FOUR.maxNewTokens(most - 9),
                  b ->
                      List.of(
                          b.invoke(PARIS, Trace::generated), b.invoke(LONGER, Trace::generated))))
          .hasMessageContaining("would end sooner than alone");
    }
  }

  @Nested
  class an_edited_model {
    private static LanguageModel<Gpt2> louder() {
      return LM.edit(
          PARIS,
          t -> {
            t.at(GPT2.transformer.h.get(3).mlp).output().mul_(3);
            t.at(GPT2.transformer.h.get(2))
                .output(t.at(GPT2.transformer.h.get(2)).output().mul(-1));
            return null;
          });
    }

    @Test
    void has_its_edits_at_every_step() {
      LanguageModel<Gpt2> edited = louder();
      long[] plain = edited.generate(PARIS, FOUR).sequence();
      assertThat(plain).isNotEqualTo(LM.generate(PARIS, FOUR).sequence());
      assertThat(edited.trace(PARIS, FOUR, Trace::generated).toLongs()).containsExactly(plain);
      List<Tensor> batch =
          edited.traceBatch(
              FOUR,
              b -> List.of(b.invoke(LONGER, Trace::generated), b.invoke(PARIS, Trace::generated)));
      assertThat(batch.get(0).toLongs()).containsExactly(edited.generate(LONGER, FOUR).sequence());
      assertThat(batch.get(1).toLongs()).containsExactly(plain);
    }

    @Test
    void makes_them_before_what_the_trace_asks_for() {
      var block = GPT2.transformer.h.get(3);
      LanguageModel<Gpt2> silent =
          LM.edit(
              PARIS,
              t -> {
                t.at(block.mlp).output().at(":").set(0);
                return null;
              });
      List<Tensor> seen =
          silent.trace(
              PARIS,
              FOUR.stopTokens(),
              t -> {
                Tensor read = t.step(2).at(block.mlp).output().copy();
                t.step(2).at(block.mlp).output().at(":").set(1);
                return List.of(
                    read, t.step(2).at(block.mlp).output(), t.step(3).at(block.mlp).output());
              });
      assertThat(seen.get(0).abs().max().item()).isZero();
      assertThat(seen.get(1).toFloats()).containsOnly(1f);
      assertThat(seen.get(2).abs().max().item()).isZero();
    }
  }

  @Nested
  class gradients {
    private static final Gpt2.Block BLOCK = GPT2.transformer.h.get(1);

    private static Tensor score(Trace step) {
      return step.at(GPT2.lmHead).output().get(0, -1).max();
    }

    @Test
    void of_a_steps_value_are_those_of_the_same_tokens_in_one_run() {
      GenerationOptions options = FOUR.stopTokens();
      Tensor first =
          LM.trace(
              PARIS,
              options,
              t -> {
                Tensor gradient = t.at(BLOCK).output().grad();
                score(t.step(2)).backward();
                return gradient;
              });
      long[] fed = java.util.Arrays.copyOf(LM.generate(PARIS, options).sequence(), 12);
      Tensor whole =
          LM.trace(
              fed,
              t -> {
                Tensor gradient = t.at(BLOCK).output().grad();
                score(t).backward();
                return gradient;
              });
      close(first, whole.narrow(1, 0, 10));
    }

    @Test
    void of_several_backwards_each_have_their_own() {
      List<Tensor> seen =
          LM.trace(
              PARIS,
              FOUR.stopTokens(),
              t -> {
                Tensor stream = t.at(BLOCK).output();
                Tensor atFirst = stream.grad();
                score(t).backward(null, true, false);
                Tensor atThird = stream.grad();
                score(t.step(2)).backward();
                return List.of(atFirst, atThird);
              });
      Tensor alone =
          LM.trace(
              PARIS,
              t -> {
                Tensor gradient = t.at(BLOCK).output().grad();
                score(t).backward();
                return gradient;
              });
      close(seen.get(0), alone);
      assertThat(seen.get(1).sub(seen.get(0)).abs().max().item()).isGreaterThan(1e-4);
    }

    @Test
    void in_a_batch_are_those_of_each_prompt_alone() {
      Function<Trace, Tensor> asked =
          t -> {
            Tensor gradient = t.step(1).at(BLOCK).output().grad();
            score(t.step(3)).backward(null, true, false);
            return gradient;
          };
      GenerationOptions options = FOUR.stopTokens();
      List<Tensor> batch =
          LM.traceBatch(options, b -> PROMPTS.stream().map(p -> b.invoke(p, asked)).toList());
      for (int i = 0; i < PROMPTS.size(); i++) {
        close(batch.get(i), LM.trace(PROMPTS.get(i), options, asked));
      }
    }

    @Test
    void reach_the_parameters() {
      Tensor weight = GPT2.namedParameters().get("transformer.h.1.mlp.c_fc.weight");
      GPT2.zeroGrad();
      LM.trace(
          PARIS,
          FOUR.stopTokens(),
          t -> {
            score(t.step(2)).backward();
            return null;
          });
      assertThat(weight.grad().abs().max().item()).isPositive();
      GPT2.zeroGrad();
    }

    @Test
    void are_not_recorded_when_nobody_asks() {
      Tensor seen = LM.trace(PARIS, FOUR.stopTokens(), t -> t.step(2).at(GPT2.lmHead).output());
      assertThat(seen.requiresGrad()).isFalse();
    }
  }
}
