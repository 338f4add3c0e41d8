package dev.microtome.cli;

import java.util.ArrayList;
import java.util.List;

/// A table of text: columns as wide as their widest cell, numbers to the right, a rule under the
/// head.
final class Table {
  private static final String GAP = "  ";

  private final List<String> head;
  private final List<Boolean> right;
  private final List<List<String>> rows = new ArrayList<>();

  /// Heads; one that starts with `>` is a column of numbers.
  Table(String... heads) {
    right = List.of(heads).stream().map(head -> head.startsWith(">")).toList();
    head = List.of(heads).stream().map(head -> head.replaceFirst("^>", "")).toList();
  }

  Table row(Object... cells) {
    if (cells.length != head.size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + head.size() + " columns");
    }
    rows.add(List.of(cells).stream().map(String::valueOf).toList());
    return this;
  }

  /// The lines, without colours.
  List<String> lines() {
    int[] widths = new int[head.size()];
    for (int c = 0; c < widths.length; c++) {
      widths[c] = width(head.get(c));
      for (List<String> row : rows) {
        widths[c] = Math.max(widths[c], width(row.get(c)));
      }
    }
    var lines = new ArrayList<String>();
    lines.add(line(head, widths));
    int total = GAP.length() * (widths.length - 1);
    for (int width : widths) {
      total += width;
    }
    lines.add("─".repeat(total));
    rows.forEach(row -> lines.add(line(row, widths)));
    return lines;
  }

  void print(Output output) {
    Ansi ansi = output.ansi();
    List<String> lines = lines();
    output.line(ansi.bold(lines.get(0)));
    lines.stream().skip(1).forEach(output::line);
  }

  private String line(List<String> cells, int[] widths) {
    var line = new StringBuilder();
    for (int c = 0; c < widths.length; c++) {
      String blank = " ".repeat(widths[c] - width(cells.get(c)));
      line.append(c == 0 ? "" : GAP);
      line.append(right.get(c) ? blank + cells.get(c) : cells.get(c) + blank);
    }
    return line.toString().stripTrailing();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
