package dev.microtome.models.lens;

import java.util.List;

/// What one layer believes at every token.
///
/// @param layer path of the layer whose output was read
/// @param cells one per token of the prompt
public record LensRow(String layer, List<LensCell> cells) {
  public LensRow {
    cells = List.copyOf(cells);
  }
}
