package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Tensor;
import dev.microtome.trace.MissingValueException;
import dev.microtome.trace.Trace;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Layers that do not run: alone, for one prompt of a batch, in a generation, for good.
class SkipTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final Gpt2 GPT2 = LM.network();
  private static final Gpt2.Block FIRST = GPT2.transformer.h.get(0);
  private static final Gpt2.Block SECOND = GPT2.transformer.h.get(1);
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String LONGER = "Many tourists visit the Eiffel Tower when they are in";

  private static Tensor logits(Trace t) {
    return t.at(GPT2.lmHead).output();
  }

  private static Tensor skipSecond(Trace t) {
    t.at(SECOND).skip(t.at(FIRST).output());
    return logits(t);
  }

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-5);
  }

  @Test
  void one_prompt_of_a_batch_skips_a_layer_that_runs_for_the_others() {
    List<Tensor> together =
        LM.traceBatch(batch ->
            List.of(
                batch.invoke(PARIS, SkipTest::skipSecond),
                batch.invoke(LONGER, SkipTest::logits),
                batch.invoke(PARIS, t -> t.at(SECOND.mlp).output())));

    close(together.get(0), LM.trace(PARIS, SkipTest::skipSecond));
    close(together.get(1), LM.logits(LONGER));
    close(together.get(2), LM.trace(PARIS, t -> t.at(SECOND.mlp).output()));
    assertThat(together.get(0).sub(LM.logits(PARIS)).abs().max().item()).isGreaterThan(0.1);
  }

  @Test
  void all_prompts_of_a_batch_may_skip_each_with_its_own_value() {
    List<Tensor> together =
        LM.traceBatch(batch ->
            List.of(
                batch.invoke(PARIS, SkipTest::skipSecond),
                batch.invoke(
                    LONGER,
                    t -> {
                      t.at(SECOND).skip(t.at(FIRST).output().mul(2));
                      return t.at(SECOND).output();
                    })));
    close(together.get(0), LM.trace(PARIS, SkipTest::skipSecond));
    close(together.get(1), LM.trace(LONGER, t -> t.at(FIRST).output()).mul(2));
  }

  @Test
  void what_lies_inside_a_skipped_layer_is_closed_to_the_one_who_skips_it() {
    assertThatThrownBy(() -> LM.trace(PARIS, SkipTest::skippedAndRead))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("transformer.h.1.mlp.output: the layer was not called, because")
        .hasMessageContaining("transformer.h.1 is skipped at SkipTest.java:");
    assertThatThrownBy(() ->
            LM.traceBatch(batch ->
                List.of(
                    batch.invoke(LONGER, t -> t.at(SECOND.mlp).output()),
                    batch.invoke(PARIS, SkipTest::skippedAndRead))))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("transformer.h.1.mlp.output: the layer was not called, because")
        .hasMessageContaining("transformer.h.1 is skipped at SkipTest.java:");
  }

  private static Tensor skippedAndRead(Trace t) {
    t.at(SECOND).skip(t.at(FIRST).output());
    return t.at(SECOND.mlp).output();
  }

  @Test
  void an_edit_by_a_value_from_a_skipped_layer_says_that_it_was_skipped() {
    assertThatThrownBy(() ->
            LM.trace(
                PARIS,
                t -> {
                  Tensor never = skippedAndRead(t);
                  t.at(GPT2.transformer.h.get(2)).output(never.mul(2));
                  return logits(t);
                }))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("transformer.h.1 is skipped");
  }

  @Test
  void skips_follow_each_other_and_win_over_an_edit_of_the_input() {
    Gpt2.Block third = GPT2.transformer.h.get(2);
    List<Tensor> together =
        LM.traceBatch(batch ->
            List.of(
                batch.invoke(LONGER, SkipTest::logits),
                batch.invoke(
                    PARIS,
                    t -> {
                      Tensor before = t.at(FIRST).output().copy();
                      t.at(SECOND).input(new BlockInput(before.mul(7), null));
                      t.at(SECOND).skip(before);
                      t.at(third).skip(t.at(SECOND).output());
                      return t.at(third).output();
                    })));
    close(together.get(0), LM.logits(LONGER));
    close(together.get(1), LM.trace(PARIS, t -> t.at(FIRST).output()));
  }

  @Test
  void a_value_of_another_shape_is_refused_at_its_line() {
    assertThatThrownBy(() ->
            LM.trace(
                PARIS,
                t -> {
                  t.at(SECOND).skip(Tensor.zeros(1, 10, 31));
                  return logits(t);
                }))
        .hasMessageContaining(
            "transformer.h.1.output is float32[1, 10, 32] and can't be replaced by"
                + " float32[1, 10, 31]");
  }

  @Test
  void gradients_pass_by_a_skipped_layer_to_what_stands_in_for_it() {
    Tensor[] together = new Tensor[1];
    LM.traceBatch(batch -> {
      batch.invoke(LONGER, SkipTest::logits);
      batch.invoke(
          PARIS,
          t -> {
            together[0] = t.at(FIRST).output().grad().save();
            skipSecond(t).get(0, -1).max().backward();
            return null;
          });
      return null;
    });
    Tensor alone =
        LM.trace(
            PARIS,
            t -> {
              Tensor gradient = t.at(FIRST).output().grad();
              skipSecond(t).get(0, -1).max().backward();
              return gradient;
            });
    close(together[0], alone);
  }

  @Test
  void one_step_of_a_generation_skips_a_layer_and_the_next_has_it_again() {
    var options = new GenerationOptions().maxNewTokens(3);
    List<Tensor> seen =
        LM.trace(
            PARIS,
            options,
            t -> {
              Tensor before = t.step(1).at(FIRST).output();
              t.step(1).at(SECOND).skip(before);
              return List.of(
                  before,
                  t.step(1).at(SECOND).output(),
                  t.step(2).at(SECOND.mlp).output(),
                  t.step(2).at(SECOND.mlp).input());
            });
    close(seen.get(1), seen.get(0));
    close(seen.get(2), SECOND.mlp.apply(seen.get(3)));

    assertThatThrownBy(() ->
            LM.trace(
                PARIS,
                options,
                t -> {
                  t.step(1).at(SECOND).skip(t.step(1).at(FIRST).output());
                  return t.step(1).at(SECOND.mlp).output();
                }))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("transformer.h.1.mlp.output[1]")
        .hasMessageContaining("is skipped");
  }

  @Test
  void a_model_edited_to_skip_a_layer_generates_alike_with_and_without_cache() {
    LanguageModel<Gpt2> shorter =
        LM.edit(
            PARIS,
            t -> {
              t.at(SECOND).skip(t.at(FIRST).output());
              return null;
            });
    close(shorter.logits(LONGER), LM.trace(LONGER, SkipTest::skipSecond));
    var options = new GenerationOptions().maxNewTokens(6);
    assertThat(shorter.generate(LONGER, options).ids())
        .containsExactly(shorter.generate(LONGER, options.cache(false)).ids());
    assertThat(shorter.generate(PARIS, new GenerationOptions().maxNewTokens(4).beams(3)).ids())
        .hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void a_cache_made_without_a_block_does_not_serve_it_later() {
    LanguageModel<Gpt2> shorter =
        LM.edit(
            PARIS,
            t -> {
              t.at(SECOND).skip(t.at(FIRST).output());
              return null;
            });
    KvCache cache = shorter.run(LM.input(PARIS)).cache();
    var next = new CausalNetwork.Input(Tensor.of(new long[][] {{11}}), null, null, cache);

    assertThat(shorter.run(next).logits().shape()).hasToString("[1, 1, 50257]");
    assertThatThrownBy(() -> LM.run(next))
        .hasMessageContaining("block 1 was skipped for the tokens in the cache");
  }
}
