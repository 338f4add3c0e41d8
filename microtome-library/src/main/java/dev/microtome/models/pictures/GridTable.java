package dev.microtome.models.pictures;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Writes a [Grid] as an HTML table.
final class GridTable {
  private static final int LONGEST_HEAD = 14;
  private static final int LONGEST_TEXT = 12;
  private static final int LONGEST_TIGHT_HEAD = 7;

  private GridTable() {}

  static void write(Grid grid, Markup html) {
    boolean tight = grid.rows().stream().allMatch(row -> row.details() != null); // numbers alone
    int longest = tight ? LONGEST_TIGHT_HEAD : LONGEST_HEAD;
    html.open(
            "div",
            "class",
            "scroll",
            "tabindex",
            "0",
            "role",
            "region",
            "aria-label",
            grid.corner() + ", in rows and columns")
        .line()
        .open("table", "class", tight ? "tight" : "wide")
        .line()
        .open("thead")
        .open("tr")
        .element("th", grid.corner(), "scope", "col");
    for (Grid.Column column : grid.columns()) {
      html.open("th", "scope", "col").text(VisibleText.cut(column.label(), longest));
      if (!column.below().isEmpty()) {
        html.element("small", VisibleText.cut(column.below(), longest));
      }
      html.close();
    }
    html.close().close().line().open("tbody").line();
    grid.rows().forEach(row -> row(row, html));
    html.close().line().close().line().close().line();
  }

  private static void row(Grid.Row row, Markup html) {
    html.open("tr");
    if (row.details() == null) {
      html.element("th", row.label(), "scope", "row");
    } else {
      html.open("th", "scope", "row", "tabindex", "0")
          .text(VisibleText.cut(row.label(), LONGEST_HEAD));
      details(row.details(), html);
      html.close();
    }
    html.line();
    row.cells().forEach(cell -> cell(cell, html));
    html.close().line();
  }

  private static void cell(Grid.Cell cell, Markup html) {
    if (cell.equals(Grid.Cell.EMPTY)) {
      html.element("td", "", "class", "none");
      return;
    }
    html.open("td", attributes(cell));
    html.text(VisibleText.cut(cell.text(), LONGEST_TEXT));
    if (cell.text().isEmpty()) {
      html.text(cell.number());
    } else {
      html.element("small", cell.number());
    }
    details(cell.details(), html);
    html.close().line();
  }

  // What is as usual is left out: a page of many heads has a hundred thousand cells.
  private static Object[] attributes(Grid.Cell cell) {
    var attributes = new ArrayList<Object>();
    if (!look(cell).equals("cool")) {
      attributes.addAll(List.of("class", look(cell)));
    }
    String heat = String.format(Locale.ROOT, "%.3f", Math.abs(cell.heat()));
    if (!heat.equals("0.000")) {
      attributes.addAll(List.of("style", "--p:" + heat));
    }
    if (cell.details() != null) {
      attributes.addAll(List.of("tabindex", "0"));
    }
    return attributes.toArray();
  }

  private static String look(Grid.Cell cell) {
    return warmth(cell) + (cell.heat() < 0 ? " minus" : "") + (cell.framed() ? " framed" : "");
  }

  /// How dark a cell is, in a word: decides on black or white text in each theme.
  static String warmth(Grid.Cell cell) {
    double heat = Math.abs(cell.heat());
    return heat > 0.75 ? "hot" : heat > 0.6 ? "warm" : "cool";
  }

  private static void details(Grid.@Nullable Details details, Markup html) {
    if (details == null) {
      return;
    }
    html.open("div", "class", "more").element("b", details.heading());
    html.open("ul");
    for (Grid.Line line : details.lines()) {
      html.open("li").text(line.text() + " ").element("i", line.number()).close();
    }
    html.close().text(details.note()).close();
  }
}
