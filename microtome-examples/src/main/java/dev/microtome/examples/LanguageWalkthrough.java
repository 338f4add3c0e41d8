package dev.microtome.examples;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// NNsight's walkthrough on a language model: ablation, several prompts in one run, values crossing
/// between prompts, every step of a generation. Runs on the model in the library.
public final class LanguageWalkthrough {
  private static final String PROMPT = "The Eiffel Tower is in the city of";
  private static final String BLANKS = "_ _ _ _ _ _ _ _ _ _";

  record Predictions(Tensor original, Tensor edited) {}

  record Steps(List<Tensor> predictions, Tensor all) {}

  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();
  private final Gpt2 gpt2 = lm.network();

  private LanguageWalkthrough() {}

  public static void main(String[] args) {
    var walk = new LanguageWalkthrough();
    System.out.println(walk.lm);
    walk.ablation();
    walk.twoPrompts();
    walk.crossing();
    walk.generation();
  }

  private void ablation() {
    Tensor ids =
        lm.trace(
            PROMPT,
            t -> {
              t.at(gpt2.transformer.h.getLast().attn).output().at(":").set(0);
              return t.at(gpt2.lmHead).output().argmax(-1);
            });
    System.out.println("Token IDs: " + ids);
    System.out.println("Prediction: " + word(ids));
  }

  private void twoPrompts() {
    Predictions p =
        lm.traceBatch(batch -> {
          Tensor edited =
              batch.invoke(
                  PROMPT,
                  t -> {
                    t.at(gpt2.transformer.h.getLast().attn).output().at(":").set(0);
                    return t.at(gpt2.lmHead).output().argmax(-1);
                  });
          Tensor original = batch.invoke(PROMPT, t -> t.at(gpt2.lmHead).output().argmax(-1));
          return new Predictions(original, edited);
        });
    System.out.println("Original prediction: " + word(p.original()));
    System.out.println("Intervention prediction: " + word(p.edited()));
  }

  private void crossing() {
    Predictions p =
        lm.traceBatch(batch -> {
          Tensor embeddings = batch.invoke(PROMPT, t -> t.at(gpt2.transformer.wte).output());
          Tensor edited =
              batch.invoke(
                  BLANKS,
                  t -> {
                    t.at(gpt2.transformer.wte).output(embeddings);
                    return t.at(gpt2.lmHead).output().argmax(-1);
                  });
          Tensor original = batch.invoke(BLANKS, t -> t.at(gpt2.lmHead).output().argmax(-1));
          return new Predictions(original, edited);
        });
    System.out.println("Original prediction: " + word(p.original()));
    System.out.println("Intervention prediction: " + word(p.edited()));
  }

  private void generation() {
    Steps steps =
        lm.trace(
            PROMPT,
            new GenerationOptions().maxNewTokens(3),
            t ->
                new Steps(
                    t.steps(0, 3, step -> step.at(gpt2.lmHead).output().argmax(-1)),
                    t.generated()));
    for (int i = 0; i < 3; i++) {
      System.out.println("Prediction " + (i + 1) + ": " + word(steps.predictions().get(i)));
    }
    System.out.println("All token ids: " + steps.all());
    System.out.println("All prediction: " + lm.tokenizer().decode(steps.all().toLongs(), false));
  }

  private String word(Tensor ids) {
    return lm.tokenizer().decode(ids.get(0, -1).itemLong());
  }
}
