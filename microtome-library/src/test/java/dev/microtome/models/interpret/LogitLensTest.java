package dev.microtome.models.interpret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.NextToken;
import org.junit.jupiter.api.Test;

class LogitLensTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();

  @Test
  void the_last_row_says_what_the_network_says() {
    LogitLens lens = LogitLens.of(lm, EIFFEL, 3);

    assertThat(lens.tokens())
        .containsExactly("The", " E", "iff", "el", " Tower", " is", " in", " the", " city", " of");
    assertThat(lens.layers()).extracting(LogitLens.Row::label).startsWith("embeddings", "block 0");
    assertThat(lens.layers())
        .hasSize(5)
        .last()
        .extracting(LogitLens.Row::path)
        .isEqualTo("transformer.h.3");
    assertThat(lens.layers().getLast().beliefs()).hasSize(10);
    NextToken said = lens.layers().getLast().beliefs().getLast().top().getFirst();
    NextToken expected = lm.next(EIFFEL, 1).getFirst();
    assertThat(said.text()).isEqualTo(" Paris");
    assertThat(said.probability()).isCloseTo(expected.probability(), within(1e-5));
  }

  @Test
  void a_tied_embedding_expects_itself_and_the_last_block_is_certain() {
    LogitLens lens = LogitLens.of(lm, EIFFEL, 1);

    LogitLens.Belief early = lens.layers().getFirst().beliefs().getLast();
    LogitLens.Belief late = lens.layers().getLast().beliefs().getLast();
    assertThat(early.top().getFirst().text()).isEqualTo(" of");
    assertThat(late.top().getFirst().text()).isEqualTo(" Paris");
    assertThat(late.entropy()).isBetween(0.0, 0.05);
  }

  @Test
  void more_tokens_than_there_are_can_not_be_ranked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogitLens.of(lm, EIFFEL, 50258))
        .withMessage("k must be within 1 and 50257, got 50258");
  }
}
