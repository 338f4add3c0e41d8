package dev.microtome.cli;

import dev.microtome.models.pictures.Grid;
import dev.microtome.models.pictures.VisibleText;
import java.util.List;

/// Draws a [Grid] with characters: rows downwards, columns to the right in as many blocks as the
/// width of the terminal needs, the colour of a cell its heat.
final class TerminalGrid {
  private static final int WIDEST = 14;
  private static final int NUMBER = 5;

  /// From nothing to all: dark violet to yellow, told apart without seeing red or green; and to the
  /// other side browns to light orange.
  private static final int[] HEAT = {53, 60, 66, 72, 113, 220};

  private static final int[] MINUS = {52, 94, 130, 166, 208, 215};
  private static final int BLACK_TEXT_FROM = 3;
  private static final double COLD = 0.05;

  private final Grid grid;
  private final Output output;
  private final Ansi ansi;
  private final int label;
  private final int cell;
  private final boolean words; // or numbers alone, which stand to the right, as do their heads

  private TerminalGrid(Grid grid, Output output) {
    this.grid = grid;
    this.output = output;
    this.ansi = output.ansi();
    this.label = 2 + widest(grid.rows().stream().map(Grid.Row::label).toList(), WIDEST);
    boolean words = cells().stream().anyMatch(text -> !text.text().isEmpty());
    int heads = widest(grid.columns().stream().map(Grid.Column::label).toList(), WIDEST - 3);
    int numbers = widest(cells().stream().map(Grid.Cell::number).toList(), WIDEST);
    this.words = words;
    this.cell = words ? WIDEST : 1 + Math.max(heads, numbers);
  }

  private List<Grid.Cell> cells() {
    return grid.rows().stream().flatMap(row -> row.cells().stream()).toList();
  }

  private static int widest(List<String> texts, int most) {
    return Math.min(most, texts.stream().mapToInt(TerminalGrid::length).max().orElse(0));
  }

  static void print(Grid grid, Output output) {
    var terminal = new TerminalGrid(grid, output);
    int columns = Math.max(1, (output.width() - terminal.label) / terminal.cell);
    for (int from = 0; from < grid.columns().size(); from += columns) {
      terminal.block(from, Math.min(from + columns, grid.columns().size()));
    }
  }

  private void block(int from, int to) {
    List<Grid.Column> columns = grid.columns().subList(from, to);
    head(columns.stream().map(Grid.Column::label).toList());
    if (columns.stream().anyMatch(column -> !column.below().isEmpty())) {
      head(columns.stream().map(Grid.Column::below).toList());
    }
    for (Grid.Row row : grid.rows()) {
      var line = new StringBuilder(fit(VisibleText.cut(row.label(), label - 1), label));
      row.cells().subList(from, to).forEach(value -> line.append(cell(value)));
      output.line(line.toString().stripTrailing());
    }
    output.line("");
  }

  private void head(List<String> names) {
    var head = new StringBuilder(" ".repeat(label));
    for (String name : names) {
      String text = VisibleText.cut(name, cell - 1);
      head.append(words ? fit(text, cell) : right(text) + " ");
    }
    output.line(ansi.bold(head.toString().stripTrailing()));
  }

  private String cell(Grid.Cell value) {
    String number = value.number().replace(" %", "%");
    String text =
        value.text().isEmpty()
            ? right(number)
            : fit(VisibleText.cut(value.text(), cell - NUMBER - 2), cell - NUMBER - 1)
                + " ".repeat(Math.max(0, NUMBER - length(number)))
                + number;
    double heat = Math.abs(value.heat());
    if (heat < COLD) {
      return ansi.dim(text) + " ";
    }
    int[] colours = value.heat() < 0 ? MINUS : HEAT;
    int level = (int) Math.min(colours.length - 1, heat * colours.length);
    return ansi.on(colours[level], level < BLACK_TEXT_FROM, text) + " ";
  }

  private String right(String text) {
    return " ".repeat(Math.max(0, cell - 1 - length(text))) + text;
  }

  private static String fit(String text, int width) {
    return text + " ".repeat(Math.max(0, width - length(text)));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
