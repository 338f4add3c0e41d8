package dev.microtome.cli;

import dev.microtome.models.interpret.LogitLens;
import dev.microtome.models.pictures.VisibleText;
import java.util.Locale;

/// Draws a [LogitLens] with characters: layers downwards, tokens to the right in as many blocks as
/// the width of the terminal needs, the colour of a cell its probability.
final class TerminalLens {
  private static final int CELL = 13;

  /// From sure of nothing to certain: dark violet to yellow, told apart without seeing red or
  /// green.
  private static final int[] HEAT = {53, 60, 66, 72, 113, 220};

  private static final int BLACK_TEXT_FROM = 3;

  private final LogitLens lens;
  private final Output output;
  private final Ansi ansi;
  private final int label;

  private TerminalLens(LogitLens lens, Output output) {
    this.lens = lens;
    this.output = output;
    this.ansi = output.ansi();
    this.label = 2 + lens.layers().stream().mapToInt(row -> row.label().length()).max().orElse(0);
  }

  static void print(LogitLens lens, Output output) {
    var terminal = new TerminalLens(lens, output);
    int columns = Math.max(1, (output.width() - terminal.label) / CELL);
    for (int from = 0; from < lens.tokens().size(); from += columns) {
      terminal.block(from, Math.min(from + columns, lens.tokens().size()));
    }
  }

  private void block(int from, int to) {
    var head = new StringBuilder(" ".repeat(label));
    for (int t = from; t < to; t++) {
      head.append(fit(VisibleText.of(lens.tokens().get(t), CELL - 1), CELL));
    }
    output.line(ansi.bold(head.toString().stripTrailing()));
    for (LogitLens.Row row : lens.layers()) {
      var line = new StringBuilder(fit(row.label(), label));
      for (int t = from; t < to; t++) {
        line.append(cell(row.beliefs().get(t)));
      }
      output.line(line.toString().stripTrailing());
    }
    output.line("");
  }

  private String cell(LogitLens.Belief cell) {
    double probability = cell.top().getFirst().probability();
    String percent = String.format(Locale.ROOT, "%3.0f%%", 100 * probability);
    String text = fit(VisibleText.of(cell.top().getFirst().text(), CELL - 6), CELL - 5) + percent;
    if (probability < 0.05) {
      return ansi.dim(text) + " ";
    }
    int level = (int) Math.min(HEAT.length - 1, probability * HEAT.length);
    return ansi.on(HEAT[level], level < BLACK_TEXT_FROM, text) + " ";
  }

  private static String fit(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.codePointCount(0, text.length())));
  }
}
