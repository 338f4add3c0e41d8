package dev.microtome.models.pictures;

import java.util.Locale;

/// Draws a [Grid] as an SVG picture that needs nothing else and follows the reader's light or dark
/// theme.
final class GridPicture {
  private static final int CELL_HEIGHT = 44;
  private static final int LEFT = 118;
  private static final int MARGIN = 16;
  private static final int LETTER = 8; // pixels a letter of the small font takes

  private final Grid grid;
  private final int cellWidth;
  private final int top;
  private final Markup svg = new Markup();

  private GridPicture(Grid grid, int cellWidth) {
    this.grid = grid;
    this.cellWidth = cellWidth;
    boolean twoLines = grid.columns().stream().anyMatch(column -> !column.below().isEmpty());
    this.top = twoLines ? 112 : 96;
  }

  /// @param title the first line
  /// @param caption the second: what is shown
  /// @param footer the last
  static String of(Grid grid, int cellWidth, String title, String caption, String footer) {
    return new GridPicture(grid, cellWidth).draw(title, caption, footer);
  }

  private String draw(String title, String caption, String footer) {
    int width =
        Math.max(
            LEFT + cellWidth * grid.columns().size() + MARGIN, LETTER * caption.length() + MARGIN);
    int height = top + CELL_HEIGHT * grid.rows().size() + 40;
    Drawing.ofSize(svg, width, height, title, STYLE);
    text(MARGIN, 30, "title", title);
    text(MARGIN, 52, "faint", caption);
    for (int c = 0; c < grid.columns().size(); c++) {
      head(grid.columns().get(c), LEFT + c * cellWidth + 6);
    }
    for (int r = 0; r < grid.rows().size(); r++) {
      row(grid.rows().get(r), top + r * CELL_HEIGHT);
    }
    text(MARGIN, height - 14, "faint", footer);
    return svg.close().line().toString();
  }

  private void head(Grid.Column column, int x) {
    int letters = cellWidth / LETTER;
    text(x, 84, "token", VisibleText.cut(column.label(), letters));
    if (!column.below().isEmpty()) {
      text(x, 101, "below", VisibleText.cut(column.below(), letters));
    }
  }

  private void row(Grid.Row row, int y) {
    text(MARGIN, y + 26, "faint", row.label());
    for (int c = 0; c < row.cells().size(); c++) {
      cell(row.cells().get(c), LEFT + c * cellWidth, y);
    }
  }

  private void cell(Grid.Cell cell, int x, int y) {
    box("cold", x, y, 1);
    box(cell.heat() < 0 ? "minus" : "plus", x, y, Math.abs(cell.heat()));
    if (cell.framed()) {
      box("frame", x, y, 1);
    }
    String ink = "on-" + GridTable.warmth(cell);
    if (cell.text().isEmpty()) {
      text(x + 7, y + 27, "guess " + ink, cell.number());
    } else {
      text(x + 7, y + 19, "guess " + ink, VisibleText.cut(cell.text(), (cellWidth - 8) / LETTER));
      text(x + 7, y + 35, "small " + ink, cell.number());
    }
  }

  private void box(String look, int x, int y, double opacity) {
    svg.shape(
        "rect",
        "class",
        look,
        "x",
        x + 1,
        "y",
        y + 1,
        "width",
        cellWidth - 2,
        "height",
        CELL_HEIGHT - 2,
        "rx",
        4,
        "opacity",
        String.format(Locale.ROOT, "%.3f", opacity));
  }

  private void text(int x, int y, String look, String text) {
    svg.element("text", text, "x", x, "y", y, "class", look).line();
  }

  private static final String STYLE =
      """
      .paper { fill: #ffffff } .cold { fill: #f3f6fa } .plus { fill: #1a56b0 } .minus { fill: #a8480b }
      .frame { fill: none; stroke: #c2410c; stroke-width: 2 }
      text { fill: #16202c; font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, monospace; white-space: pre }
      .title { font: 600 17px system-ui, sans-serif } .token { font-weight: 600 }
      .faint { fill: #566373; font: 13px system-ui, sans-serif } .below { fill: #566373 } .small { font-size: 11px }
      .on-hot { fill: #ffffff }
      @media (prefers-color-scheme: dark) {
        .paper { fill: #10151b } .cold { fill: #1a222c } .plus { fill: #6fb0ff } .minus { fill: #ffa657 }
        .frame { stroke: #ffb454 } text { fill: #e7edf4 } .faint, .below { fill: #9aa8b8 }
        .on-hot, .on-warm { fill: #08121f }
      }
      """;
}
