package dev.microtome.models.pictures;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A map in rows and columns, ready to be drawn: as part of an HTML page, as an SVG picture, or
/// with characters. Texts can be seen ([VisibleText]) and are not escaped.
///
/// @param corner what stands above the names of the rows
/// @param columns from left to right
/// @param rows from top to bottom, with a cell for each column
public record Grid(String corner, List<Column> columns, List<Row> rows) {
  /// The head of a column.
  ///
  /// @param label its name
  /// @param below a second line; empty for none
  public record Column(String label, String below) {
    public Column(String label) {
      this(label, "");
    }
  }

  /// Cells from left to right.
  ///
  /// @param details what is told of the whole row, or null
  public record Row(String label, List<Cell> cells, @Nullable Details details) {
    public Row {
      cells = List.copyOf(cells);
    }

    public Row(String label, List<Cell> cells) {
      this(label, cells, null);
    }
  }

  /// One cell.
  ///
  /// @param text what it says; may be empty
  /// @param number the same as a number; may be empty
  /// @param heat how strongly it is coloured, -1 to 1, the sign telling which colour
  /// @param framed whether it stands out
  /// @param details what is told when it is pointed at, or null
  public record Cell(
      String text, String number, double heat, boolean framed, @Nullable Details details) {
    /// Nothing to show here.
    public static final Cell EMPTY = new Cell("", "", 0, false, null);

    public Cell {
      heat = Math.clamp(heat, -1, 1);
    }
  }

  /// What is told in addition.
  ///
  /// @param heading where
  /// @param lines words and their numbers
  /// @param note one more sentence; may be empty
  public record Details(String heading, List<Line> lines, String note) {
    public Details {
      lines = List.copyOf(lines);
    }
  }

  /// A word and its number.
  public record Line(String text, String number) {}

  public Grid {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
    for (Row row : rows) {
      if (row.cells().size() != columns.size()) {
        throw new IllegalArgumentException(
            "row \"%s\" has %d cells for %d columns"
                .formatted(row.label(), row.cells().size(), columns.size()));
      }
    }
  }
}
