package dev.microtome.models.pictures;

import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.LogitLens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A [LogitLens] as a [Grid]: layers downwards, tokens to the right, the heat of a cell the
/// probability of its best guess, a frame where the final answer first appears and stays.
public final class LensGrid {
  private LensGrid() {}

  public static Grid of(LogitLens lens) {
    var rows = new ArrayList<Grid.Row>();
    for (int r = 0; r < lens.layers().size(); r++) {
      LogitLens.Row layer = lens.layers().get(r);
      var cells = new ArrayList<Grid.Cell>();
      for (int t = 0; t < lens.tokens().size(); t++) {
        String where = layer.path() + " after " + VisibleText.of(lens.tokens().get(t));
        cells.add(cell(where, layer.beliefs().get(t), lens.settledAt(t) == r));
      }
      rows.add(new Grid.Row(layer.label(), cells));
    }
    List<Grid.Column> columns =
        lens.tokens().stream().map(token -> new Grid.Column(VisibleText.of(token))).toList();
    return new Grid("layer", columns, rows);
  }

  private static Grid.Cell cell(String where, LogitLens.Belief belief, boolean settled) {
    List<Grid.Line> guesses =
        belief.top().stream()
            .map(guess ->
                new Grid.Line(
                    VisibleText.of(guess.text()), VisibleText.percent(guess.probability())))
            .toList();
    String entropy =
        String.format(Locale.ROOT, "entropy %.2f bits", belief.entropy() / Math.log(2));
    NextToken best = belief.top().getFirst();
    return new Grid.Cell(
        guesses.getFirst().text(),
        guesses.getFirst().number(),
        best.probability(),
        settled,
        new Grid.Details(where, guesses, entropy));
  }
}
