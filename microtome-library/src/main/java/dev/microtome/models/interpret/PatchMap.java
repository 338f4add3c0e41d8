package dev.microtome.models.interpret;

import java.util.List;

/// What patching one kind of part does, place by place.
///
/// @param part what was patched
/// @param rows the layers: `embeddings`, `block 0`, …
/// @param columns the tokens of the clean prompt, or the heads: `head 0`, …
/// @param effects for each row and column the share of the way from the corrupt to the clean
///   result: 0 changes nothing, 1 brings the clean answer back, below 0 makes it worse
public record PatchMap(
    Part part, List<String> rows, List<String> columns, List<List<Double>> effects) {
  public PatchMap {
    rows = List.copyOf(rows);
    columns = List.copyOf(columns);
    effects = effects.stream().map(List::copyOf).toList();
  }

  public double effect(int row, int column) {
    return effects.get(row).get(column);
  }
}
