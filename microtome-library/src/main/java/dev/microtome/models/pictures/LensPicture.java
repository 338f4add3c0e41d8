package dev.microtome.models.pictures;

import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.LogitLens;

/// Draws a [LogitLens] as an SVG picture that needs nothing else and follows the reader's light or
/// dark theme.
public final class LensPicture {
  private static final int CELL_WIDTH = 92;

  private LensPicture() {}

  /// The file's text; `model` is the name it tells.
  public static String of(LogitLens lens, String model) {
    NextToken answer = lens.prediction().getFirst();
    return GridPicture.of(
        LensGrid.of(lens),
        CELL_WIDTH,
        "Logit lens: \"%s\" → %s  %s"
            .formatted(
                lens.prompt(),
                VisibleText.of(answer.text()),
                VisibleText.percent(answer.probability())),
        "what each layer believes comes next, at each token; framed: from here on, the answer",
        "model " + model + " · drawn by Microtome");
  }
}
