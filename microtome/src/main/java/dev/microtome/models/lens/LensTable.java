package dev.microtome.models.lens;

import java.util.List;

/// What each layer believes at each token of a prompt.
///
/// @param model name of the model
/// @param prompt the text that was read
/// @param tokens of the prompt
/// @param rows from the embedding down to the last layer; the last row is the model's own
///   prediction
public record LensTable(String model, String prompt, List<String> tokens, List<LensRow> rows) {
  public LensTable {
    tokens = List.copyOf(tokens);
    rows = List.copyOf(rows);
    if (tokens.isEmpty() || rows.isEmpty()) {
      throw new IllegalArgumentException("a lens needs at least one token and one layer");
    }
    for (LensRow row : rows) {
      if (row.cells().size() != tokens.size()) {
        throw new IllegalArgumentException(
            row.layer() + " has " + row.cells().size() + " cells for " + tokens.size() + " tokens");
      }
    }
  }

  /// What the model predicts after the whole prompt, best first.
  public List<Guess> prediction() {
    return rows.getLast().cells().getLast().guesses();
  }

  /// The first row from which on the best guess at a token stays what the model predicts in the
  /// end.
  public int settledAt(int token) {
    long answer = rows.getLast().cells().get(token).best().id();
    int row = rows.size() - 1;
    while (row > 0 && rows.get(row - 1).cells().get(token).best().id() == answer) {
      row--;
    }
    return row;
  }
}
