package dev.microtome.examples;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// NNsight's walkthrough on a language model: ablation, several prompts in one run, values crossing
/// between prompts, every step of a generation. Runs on the model in the library, or on the folder
/// or hub name given as its argument: it names layers by what they are in any architecture.
public final class LanguageWalkthrough {
  private static final String PROMPT = "The Eiffel Tower is in the city of";
  private static final String LANGUAGE = "The language spoken around the Sagrada Familia is";

  record Predictions(Tensor original, Tensor edited) {}

  record Steps(List<Tensor> predictions, Tensor all) {}

  private final LanguageModel<?> lm;
  private final TransformerBlock lastBlock;
  private final Slot<Tensor, Tensor> embedded;
  private final Slot<Tensor, Tensor> head;
  private final String blanks;

  private LanguageWalkthrough(LanguageModel<?> lm) {
    this.lm = lm;
    lastBlock = lm.network().blocks().getLast();
    embedded = lm.network().embedded();
    head = lm.network().head();
    blanks = blanks();
  }

  public static void main(String[] args) {
    var lm = args.length == 0 ? LanguageModel.shipped() : LanguageModel.load(args[0]);
    var walk = new LanguageWalkthrough(lm);
    System.out.println(walk.lm);
    walk.ablation();
    walk.twoPrompts();
    walk.crossing();
    walk.generation();
  }

  private void ablation() {
    System.out.println("Untouched: " + lm.next(LANGUAGE, 1).getFirst().text());
    Tensor ids =
        lm.trace(
            LANGUAGE,
            t -> {
              t.at(lastBlock.mlp()).output().at(":").set(0);
              return t.at(head).output().argmax(-1);
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
                    t.at(lastBlock.attention()).output().at(":").set(0);
                    return t.at(head).output().argmax(-1);
                  });
          Tensor original = batch.invoke(PROMPT, t -> t.at(head).output().argmax(-1));
          return new Predictions(original, edited);
        });
    System.out.println("Original prediction: " + word(p.original()));
    System.out.println("Intervention prediction: " + word(p.edited()));
  }

  private void crossing() {
    Predictions p =
        lm.traceBatch(batch -> {
          Tensor embeddings = batch.invoke(PROMPT, t -> t.at(embedded).output());
          Tensor edited =
              batch.invoke(
                  blanks,
                  t -> {
                    t.at(embedded).output(embeddings);
                    return t.at(head).output().argmax(-1);
                  });
          Tensor original = batch.invoke(blanks, t -> t.at(head).output().argmax(-1));
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
                new Steps(t.steps(0, 3, step -> step.at(head).output().argmax(-1)), t.generated()));
    for (int i = 0; i < 3; i++) {
      System.out.println("Prediction " + (i + 1) + ": " + word(steps.predictions().get(i)));
    }
    System.out.println("All token ids: " + steps.all());
    System.out.println("All prediction: " + lm.tokenizer().decode(steps.all().toLongs(), false));
  }

  /// A text that says nothing in as many tokens as the prompt, whatever the tokenizer.
  private String blanks() {
    int tokens = lm.encode(PROMPT).length;
    return Stream.of("_", "a", "x")
        .flatMap(word -> IntStream.rangeClosed(1, tokens).mapToObj(n -> (word + " ").repeat(n)))
        .map(String::strip)
        .filter(text -> lm.encode(text).length == tokens)
        .findFirst()
        .orElseThrow();
  }

  private String word(Tensor ids) {
    return lm.tokenizer().decode(ids.get(0, -1).itemLong());
  }
}
