package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TextSessionTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String BLANKS = "_ _ _ _ _ _ _ _ _ _";

  @Test
  void embeddings_of_one_prompt_go_into_a_generation_of_another() {
    Gpt2 gpt2 = LM.network();
    Tensor ids =
        Grad.off(() ->
            LM.session(lm -> {
              Tensor embedded = lm.trace(PARIS, t -> t.at(gpt2.transformer.wte).output());
              return lm.trace(
                  BLANKS,
                  new GenerationOptions().maxNewTokens(2),
                  t -> {
                    t.step(0).at(gpt2.transformer.wte).output(embedded);
                    return t.generated();
                  });
            }));
    assertThat(LM.tokenizer().decode(ids.get(0, "10:11").toLongs(), true)).isEqualTo(" Paris");
  }

  @Test
  void tokens_of_a_generation_go_into_a_later_trace() {
    Gpt2 gpt2 = LM.network();
    record Both(Tensor generated, Tensor likeliest) {}
    Both both =
        Grad.off(() ->
            LM.session(lm -> {
              Tensor generated =
                  lm.trace(PARIS, new GenerationOptions().maxNewTokens(1), t -> t.generated());
              Tensor likeliest =
                  lm.trace(
                      PARIS, t -> t.at(gpt2.lmHead).output().get(0, -1).argmax(-1).sub(generated));
              return new Both(generated, likeliest);
            }));
    assertThat(both.likeliest().get(0, -1).item()).isZero();
    assertThat(both.generated().shape()).hasToString("[1, 11]");
  }
}
