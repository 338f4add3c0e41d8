package dev.microtome.examples;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.interpret.ActivationPatching;
import dev.microtome.models.interpret.AttributionPatching;
import dev.microtome.models.interpret.Contrast;
import dev.microtome.models.interpret.IntegratedGradients;
import dev.microtome.models.interpret.LogitAttribution;
import dev.microtome.models.interpret.Part;
import dev.microtome.models.interpret.PatchMap;
import dev.microtome.models.interpret.SteeringVector;
import java.util.List;
import java.util.Locale;

/// Where in the shipped model is it written that the Eiffel Tower is in Paris? The same question
/// put to activation patching, attribution patching, integrated gradients and logit attribution;
/// and what is found, used to steer.
public final class WhereFactsLive {
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String ROME = "The Colosseum is in the city of";

  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();
  private final Contrast contrast = Contrast.of(lm, PARIS, ROME);

  private WhereFactsLive() {}

  public static void main(String[] args) {
    var facts = new WhereFactsLive();
    facts.patched();
    facts.tokens();
    facts.writers();
    facts.steered();
  }

  private void patched() {
    PatchMap measured = ActivationPatching.of(lm, contrast).map(Part.MLP);
    PatchMap estimated = AttributionPatching.of(lm, contrast).map(Part.MLP);
    print("MLPs, put in from the clean run, restore at \"%s\":", measured.columns().get(1));
    for (int layer = 0; layer < measured.rows().size(); layer++) {
      print(
          "  %s  %.2f  (estimated %.2f)",
          measured.rows().get(layer), measured.effect(layer, 1), estimated.effect(layer, 1));
    }
  }

  private void tokens() {
    var shares = IntegratedGradients.of(lm, contrast, 50);
    print("shares of the tokens in %.2f logits:", shares.score() - shares.baseline());
    for (int token : contrast.differences()) {
      print("  %-7s %.2f", contrast.clean().tokens().get(token), shares.shares().get(token));
    }
  }

  private void writers() {
    LogitAttribution shares = LogitAttribution.of(lm, contrast);
    print("written into the stream, in logits, of %.2f:", shares.difference());
    for (LogitAttribution.Block block : shares.blocks()) {
      print("  %s  attention %.2f  MLP %.2f", block.label(), block.attention(), block.mlp());
    }
  }

  private void steered() {
    var towardParis =
        SteeringVector.between(
            lm,
            lm.network().transformer.h.getLast(),
            List.of(PARIS, "The Louvre is in the city of"),
            List.of(ROME));
    print("plain:   %s", lm.generate(ROME, 1).text());
    print("steered: %s", towardParis.steer(lm, 2).generate(ROME, 1).text());
  }

  @SuppressWarnings("AnnotateFormatMethod") // would be a dependency for one line
  private static void print(String format, Object... args) {
    System.out.println(String.format(Locale.ROOT, format, args));
  }
}
