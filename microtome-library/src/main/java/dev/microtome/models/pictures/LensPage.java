package dev.microtome.models.pictures;

import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.LogitLens;

/// Draws a [LogitLens] as one HTML file that needs nothing else.
public final class LensPage {
  private LensPage() {}

  /// The file's text; `model` is the name it tells.
  public static String of(LogitLens lens, String model) {
    NextToken answer = lens.prediction().getFirst();
    return Page.of(
        "Logit lens",
        "Logit lens: " + lens.prompt(),
        model,
        page -> {
          page.html()
              .open("p", "class", "prompt")
              .element("q", lens.prompt())
              .text(" → ")
              .element("strong", VisibleText.of(answer.text()))
              .text(" " + VisibleText.percent(answer.probability()))
              .close()
              .line();
          page.paragraph(
                  "Each cell is what a layer believes comes next after the token above it, were it"
                      + " the last layer. A frame marks where the final answer first appears and"
                      + " stays. Point at a cell, or tap it, for more.")
              .grid(LensGrid.of(lens))
              .scale("100 % probability of the guess");
        });
  }
}
