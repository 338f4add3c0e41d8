package dev.microtome.models.pictures;

import dev.microtome.models.interpret.Contrast;
import dev.microtome.models.interpret.Part;
import dev.microtome.models.interpret.PatchMap;
import dev.microtome.models.interpret.Patching;
import dev.microtome.models.interpret.Prompt;
import java.util.List;

/// Draws a [Patching] as one HTML file that needs nothing else: a tab for each kind of part.
public final class PatchPage {
  private PatchPage() {}

  /// The file's text; `model` is the name it tells.
  public static String of(Patching patching, String model) {
    boolean measured = patching.method() == Patching.Method.MEASURED;
    String heading = measured ? "Activation patching" : "Attribution patching";
    Contrast contrast = patching.contrast();
    return Page.of(
        heading,
        heading + ": " + contrast.clean().text(),
        model,
        page -> {
          prompt(page, "clean", contrast.clean(), contrast.answer(), contrast.differences());
          prompt(page, "corrupt", contrast.corrupt(), contrast.wrong(), contrast.differences());
          page.paragraph(
                  measured
                      ? "Each cell runs the corrupt prompt with one thing taken over from the clean"
                          + " run, and tells how much of the clean answer that brings back. Point"
                          + " at a cell, or tap it, for more."
                      : "Each cell estimates, from gradients, how much of the clean answer would come"
                          + " back if the corrupt prompt ran with one thing taken over from the clean"
                          + " run. Point at a cell, or tap it, for more.")
              .paragraph(difference(patching))
              .tabs(patching.maps().stream().map(map -> tab(patching, map)).toList())
              .scaleBothWays("-100 % (the other way)", "100 % (the clean answer is back)");
        });
  }

  private static String difference(Patching patching) {
    return "Measured by the logit difference of %s and %s: %s after the corrupt prompt (0\u00a0%%), %s after the clean one (100\u00a0%%)."
        .formatted(
            VisibleText.of(patching.contrast().answer().text()),
            VisibleText.of(patching.contrast().wrong().text()),
            PatchGrid.signed(patching.corrupt()),
            PatchGrid.signed(patching.clean()));
  }

  private static void prompt(
      Page page, String name, Prompt prompt, Contrast.Answer answer, List<Integer> differences) {
    page.html().open("p", "class", "prompt").element("b", name).open("q");
    for (int t = 0; t < prompt.size(); t++) {
      String token = VisibleText.printable(prompt.tokens().get(t));
      if (differences.contains(t)) {
        page.html().element("mark", token);
      } else {
        page.html().text(token);
      }
    }
    page.html().close().text(" → ").element("strong", VisibleText.of(answer.text())).close().line();
  }

  private static Page.Tab tab(Patching patching, PatchMap map) {
    return new Page.Tab(
        map.part().title(),
        page -> page.paragraph(explained(map.part())).grid(PatchGrid.of(patching, map.part())));
  }

  private static String explained(Part part) {
    return switch (part) {
      case RESIDUAL ->
          "Taken over: the residual stream after a layer, at one token. Everything above that layer"
              + " reads it.";
      case ATTENTION -> "Taken over: what one layer's attention adds to the stream at one token.";
      case MLP -> "Taken over: what one layer's MLP adds to the stream at one token.";
      case HEADS -> "Taken over: what one attention head gives, at all tokens.";
    };
  }
}
