package dev.microtome.models.pictures;

import dev.microtome.models.interpret.Contrast;
import dev.microtome.models.interpret.Part;
import dev.microtome.models.interpret.PatchMap;
import dev.microtome.models.interpret.Patching;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A [PatchMap] as a [Grid]: layers downwards, tokens or heads to the right, the heat of a cell the
/// share of the clean answer that comes back. Where the prompts differ, the corrupt token stands
/// below the clean one.
public final class PatchGrid {
  private final Patching patching;
  private final PatchMap map;

  private PatchGrid(Patching patching, PatchMap map) {
    this.patching = patching;
    this.map = map;
  }

  public static Grid of(Patching patching, Part part) {
    return new PatchGrid(patching, patching.map(part)).grid();
  }

  /// `97 %`, `-3 %`.
  public static String percent(double effect) {
    String text = String.format(Locale.ROOT, "%.0f %%", 100 * effect);
    return text.equals("-0 %") ? "0 %" : text;
  }

  private Grid grid() {
    var rows = new ArrayList<Grid.Row>();
    List<Grid.Column> columns = columns();
    for (int r = 0; r < map.rows().size(); r++) {
      var cells = new ArrayList<Grid.Cell>();
      for (int c = 0; c < columns.size(); c++) {
        cells.add(cell(r, c, columns.get(c).label()));
      }
      rows.add(new Grid.Row(map.rows().get(r), cells));
    }
    return new Grid("layer", columns, rows);
  }

  private List<Grid.Column> columns() {
    if (map.part() == Part.HEADS) {
      return map.columns().stream().map(Grid.Column::new).toList();
    }
    Contrast contrast = patching.contrast();
    List<Integer> different = contrast.differences();
    var columns = new ArrayList<Grid.Column>();
    for (int t = 0; t < contrast.clean().size(); t++) {
      String corrupt = different.contains(t) ? contrast.corrupt().tokens().get(t) : "";
      columns.add(
          new Grid.Column(
              VisibleText.of(contrast.clean().tokens().get(t)),
              corrupt.isEmpty() ? "" : VisibleText.of(corrupt)));
    }
    return columns;
  }

  private Grid.Cell cell(int row, int column, String name) {
    double effect = map.effect(row, column);
    String where = map.rows().get(row) + ", " + map.part().title();
    String heading = where + (map.part() == Part.HEADS ? ", " : " at ") + name;
    var lines =
        List.of(
            new Grid.Line("restored", percent(effect)),
            new Grid.Line("logit difference", signed(patching.difference(effect))));
    String note =
        "between %s (corrupt) and %s (clean)"
            .formatted(signed(patching.corrupt()), signed(patching.clean()));
    return new Grid.Cell(
        "", percent(effect), effect, false, new Grid.Details(heading, lines, note));
  }

  /// `+12.34`, `-0.50`.
  public static String signed(double logits) {
    return String.format(Locale.ROOT, "%+.2f", logits);
  }
}
