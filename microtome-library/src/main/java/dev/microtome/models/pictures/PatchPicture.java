package dev.microtome.models.pictures;

import dev.microtome.models.interpret.Part;
import dev.microtome.models.interpret.Patching;

/// Draws one map of a [Patching] as an SVG picture that needs nothing else and follows the reader's
/// light or dark theme.
public final class PatchPicture {
  private static final int CELL_WIDTH = 92;

  private PatchPicture() {}

  /// The file's text; `model` is the name it tells.
  public static String of(Patching patching, Part part, String model) {
    return GridPicture.of(
        PatchGrid.of(patching, part),
        CELL_WIDTH,
        "Patching \"%s\" into \"%s\""
            .formatted(patching.contrast().clean().text(), patching.contrast().corrupt().text()),
        "how much of the answer %s comes back, instead of %s, when the %s is taken from the clean run"
            .formatted(
                VisibleText.of(patching.contrast().answer().text()),
                VisibleText.of(patching.contrast().wrong().text()),
                part.title()),
        "model " + model + " · drawn by Microtome");
  }
}
