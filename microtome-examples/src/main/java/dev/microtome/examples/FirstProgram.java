package dev.microtome.examples;

import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Tensor;

/// The README's first program: what becomes of the answer when one layer is silenced?
public final class FirstProgram {
  private FirstProgram() {}

  public static void main(String[] args) {
    var lm = LanguageModel.shipped();
    var prompt = "The Eiffel Tower is in the city of";
    System.out.println("with it:    " + lm.next(prompt, 1).getFirst().text());

    Tensor best =
        lm.trace(
            prompt,
            t -> {
              t.at("transformer.h.3.attn").output().at(":").set(0);
              return t.at(lm.network().lmHead).output().argmax(-1).get(0, -1);
            });
    System.out.println("without it: " + lm.text((long) best.item()));
  }
}
