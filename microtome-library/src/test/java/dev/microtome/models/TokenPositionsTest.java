package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Index;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.TokenRange;
import dev.microtome.trace.Trace;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Words of a prompt as subscripts: the same whether it runs alone, padded in a batch or generates.
class TokenPositionsTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final Gpt2 GPT2 = LM.network();
  private static final Gpt2.Block BLOCK = GPT2.transformer.h.get(1);
  private static final String PARIS = "The Eiffel Tower is in the city of"; // 10 tokens
  private static final String LONGER = "Many tourists visit the Eiffel Tower when they are in";

  private static <R> R in(String prompt, Function<Trace, R> body) {
    Object[] seen = new Object[1];
    LM.trace(
        prompt,
        t -> {
          seen[0] = body.apply(t);
          return null;
        });
    @SuppressWarnings("unchecked")
    R result = (R) seen[0];
    return result;
  }

  private static Index index(String prompt, Function<Trace, Index> body) {
    return in(prompt, body);
  }

  private static String spelled(String prompt, TokenRange range) {
    return LM.tokenizer()
        .decode(java.util.Arrays.copyOfRange(LM.encode(prompt), range.from(), range.to()));
  }

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-5);
  }

  @Test
  void a_word_is_found_with_all_its_tokens() {
    for (String word : List.of("The", "Eiffel", "Tower", "Eiffel Tower", "city of", "of")) {
      TokenRange range = in(PARIS, t -> t.tokens(word));
      assertThat(spelled(PARIS, range).strip()).isEqualTo(word);
    }
    TokenRange eiffel = in(PARIS, t -> t.tokens("Eiffel"));
    assertThat(eiffel.size()).isGreaterThan(1);
    assertThat(eiffel.last()).isEqualTo(new Index.At(eiffel.to() - 1L));
    assertThat(eiffel.all()).hasToString(eiffel.from() + ":" + eiffel.to());
    assertThat(index(PARIS, t -> t.token("Tower"))).isEqualTo(new Index.At(eiffel.to()));
  }

  @Test
  void of_several_occurrences_one_is_chosen() {
    String twice = "the city of the people";
    assertThat(index(twice, t -> t.token("the", 0))).isEqualTo(new Index.At(0));
    assertThat(index(twice, t -> t.token("the", 1))).isEqualTo(new Index.At(3));
    assertThat(index(twice, t -> t.token("the", -1))).isEqualTo(new Index.At(3));
    assertThatThrownBy(() -> in(twice, t -> t.token("the")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'the' occurs 2 times, at [0, 3]");
    assertThatThrownBy(() -> in(twice, t -> t.token("the", 2)))
        .hasMessageContaining("occurs 2 times only");
  }

  @Test
  void a_word_does_not_match_within_another() {
    assertThatThrownBy(() -> in("thesis is", t -> t.token("the")))
        .hasMessageContaining("'the' is no word of the prompt");
    assertThat(spelled("this thesis is", in("this thesis is", t -> t.tokens("is"))))
        .isEqualTo(" is");
  }

  @Test
  void what_is_not_there_is_an_error_that_shows_the_tokens() {
    assertThatThrownBy(() -> in(PARIS, t -> t.token("Colosseum")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10 tokens: 0 'The' 1 'ĠE'");
    assertThatThrownBy(() -> in(PARIS, t -> t.token(10)))
        .hasMessageContaining("there is no token 10: the prompt has 10 tokens");
    assertThatThrownBy(() -> in(PARIS, t -> t.token(-11))).hasMessageContaining("no token -11");
    assertThatThrownBy(() -> in(PARIS, t -> t.token("Eiffel")))
        .hasMessageContaining("tokens of this prompt")
        .hasMessageContaining("tokens(\"Eiffel\").first()");
  }

  private static Tensor silenced(Trace t) {
    t.at(BLOCK).output().at(":", t.token("Tower")).set(0);
    t.at(BLOCK.mlp).output().get(":", t.tokens("Eiffel").all()).mul_(2);
    return t.at(GPT2.lmHead).output().get(":", t.token(-1));
  }

  @Test
  void the_same_token_is_meant_alone_and_padded_in_a_batch() {
    List<Tensor> together =
        LM.traceBatch(batch ->
            List.of(
                batch.invoke(PARIS, TokenPositionsTest::silenced),
                batch.invoke(LONGER, TokenPositionsTest::silenced)));
    close(together.get(0), LM.trace(PARIS, TokenPositionsTest::silenced));
    close(together.get(1), LM.trace(LONGER, TokenPositionsTest::silenced));
    long tower = in(PARIS, t -> t.tokens("Tower")).from();
    Tensor byHand =
        LM.trace(
            PARIS,
            t -> {
              t.at(BLOCK).output().at(":", tower).set(0);
              t.at(BLOCK.mlp).output().get(":", "1:" + tower).mul_(2);
              return t.at(GPT2.lmHead).output().get(":", 9);
            });
    close(together.get(0), byHand);
  }

  @Test
  void a_generation_has_the_prompts_tokens_in_its_first_step() {
    var options = new GenerationOptions().maxNewTokens(3).stopTokens();
    Function<Trace, Tensor> ask =
        t -> {
          t.at(BLOCK).output().at(":", t.token("Tower")).set(0);
          Index tower = t.token("Tower");
          Tensor attended = t.step(2).at(BLOCK.pattern()).output().get(":", ":", -1, tower);
          return attended.add(t.step(1).at(BLOCK).output().get(":", t.step(1).token(-1)).sum());
        };
    List<Tensor> together =
        LM.traceBatch(options, b -> List.of(b.invoke(LONGER, ask), b.invoke(PARIS, ask)));
    close(together.get(0), LM.trace(LONGER, options, ask));
    close(together.get(1), LM.trace(PARIS, options, ask));
    assertThatThrownBy(() ->
            LM.trace(
                PARIS,
                options,
                t -> t.step(1).at(BLOCK).output().get(":", t.step(1).token("Tower"))))
        .hasMessageContaining("passes in step 0; in step 1 only the newest passes");
  }

  @Test
  void several_prompts_in_one_input_must_agree() {
    String rome = "The Eiffel Tower is in the land of";
    List<String> alike = List.of(PARIS, rome);
    Tensor rows = LM.trace(alike, t -> t.at(BLOCK).output().get(":", t.token("Tower")));
    close(rows.get(0), LM.trace(PARIS, t -> t.at(BLOCK).output().get(0, t.token("Tower"))));
    assertThatThrownBy(() ->
            LM.trace(List.of(PARIS, LONGER), t -> t.at(BLOCK).output().get(":", t.token("Tower"))))
        .hasMessageContaining("'Tower' stands at different places");
    close(
        LM.trace(List.of(PARIS, LONGER), t -> t.at(BLOCK).output().get(":", t.token(-1))).get(0),
        LM.trace(PARIS, t -> t.at(BLOCK).output().get(0, -1)));
  }

  @Test
  void an_edit_that_stays_has_only_tokens_counted_from_the_end() {
    LanguageModel<Gpt2> edited =
        LM.edit(
            PARIS,
            t -> {
              t.at(BLOCK).output().at(":", t.token(-1)).set(0);
              return null;
            });
    close(
        edited.logits(LONGER),
        LM.trace(
            LONGER,
            t -> {
              t.at(BLOCK).output().at(":", -1).set(0);
              return t.at(GPT2.lmHead).output();
            }));
    assertThatThrownBy(() -> LM.edit(PARIS, t -> t.at(BLOCK).output().get(":", t.token("Tower"))))
        .hasMessageContaining("does not stand for one prompt");
  }

  @Test
  void token_ids_are_searched_too() {
    close(
        LM.trace(LM.encode(PARIS), t -> t.at(BLOCK).output().get(":", t.token("Tower"))),
        LM.trace(PARIS, t -> t.at(BLOCK).output().get(":", t.token("Tower"))));
  }
}
