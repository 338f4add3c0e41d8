package dev.microtome.models.pictures;

import dev.microtome.models.interpret.AttentionPatterns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// [AttentionPatterns] as a [Grid]: one head's pattern, or what one token takes most from in every
/// head.
public final class AttentionGrid {
  private static final int MOST = 5;

  private final AttentionPatterns patterns;
  private final List<String> tokens;

  private AttentionGrid(AttentionPatterns patterns) {
    this.patterns = patterns;
    this.tokens = patterns.prompt().tokens().stream().map(VisibleText::of).toList();
  }

  /// One head: downwards the tokens that look, to the right the tokens looked at, in percent.
  public static Grid of(AttentionPatterns patterns, int layer, int head) {
    return new AttentionGrid(patterns).pattern(layer, head);
  }

  /// All heads, layers downwards: what token `from` takes most from.
  public static Grid overview(AttentionPatterns patterns, int from) {
    return new AttentionGrid(patterns).strongest(from);
  }

  private Grid pattern(int layer, int head) {
    AttentionPatterns.Head pattern = patterns.head(layer, head);
    var rows = new ArrayList<Grid.Row>();
    for (int from = 0; from < tokens.size(); from++) {
      var cells = new ArrayList<Grid.Cell>();
      for (int to = 0; to < tokens.size(); to++) {
        cells.add(to > from ? Grid.Cell.EMPTY : cell(pattern.weight(from, to)));
      }
      rows.add(new Grid.Row(tokens.get(from), cells, details(pattern, from, "")));
    }
    return new Grid("looks at", tokens.stream().map(Grid.Column::new).toList(), rows);
  }

  private static Grid.Cell cell(float weight) {
    String number = weight < 0.005 ? "" : String.format(Locale.ROOT, "%.0f", 100 * weight);
    return new Grid.Cell("", number, weight, false, null);
  }

  private Grid.Details details(AttentionPatterns.Head pattern, int from, String note) {
    List<Grid.Line> lines =
        pattern.most(from, MOST).stream()
            .map(to -> new Grid.Line(tokens.get(to), VisibleText.percent(pattern.weight(from, to))))
            .toList();
    return new Grid.Details(tokens.get(from) + " looks at", lines, note);
  }

  private Grid strongest(int from) {
    int heads = patterns.layers().getFirst().heads().size();
    var rows = new ArrayList<Grid.Row>();
    for (AttentionPatterns.Layer layer : patterns.layers()) {
      var cells = new ArrayList<Grid.Cell>();
      for (AttentionPatterns.Head head : layer.heads()) {
        String where = layer.label() + ", head " + cells.size();
        Grid.Details details = details(head, from, where);
        Grid.Line most = details.lines().getFirst();
        float weight = head.weight(from, head.most(from, 1).getFirst());
        cells.add(new Grid.Cell(most.text(), most.number(), weight, false, details));
      }
      rows.add(new Grid.Row(layer.label(), cells));
    }
    List<Grid.Column> columns =
        IntStream.range(0, heads).mapToObj(head -> new Grid.Column("head " + head)).toList();
    return new Grid("layer", columns, rows);
  }
}
