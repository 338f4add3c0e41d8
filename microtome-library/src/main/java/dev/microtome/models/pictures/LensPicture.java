package dev.microtome.models.pictures;

import static dev.microtome.models.pictures.VisibleText.escaped;

import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.LogitLens;
import java.util.Locale;

/// Draws a [LogitLens] as an SVG picture that needs nothing else and follows the reader's light or
/// dark theme.
public final class LensPicture {
  private static final int CELL_WIDTH = 92;
  private static final int CELL_HEIGHT = 44;
  private static final int LEFT = 118;
  private static final int TOP = 96;

  private final LogitLens lens;
  private final String model;
  private final StringBuilder svg = new StringBuilder();

  private LensPicture(LogitLens lens, String model) {
    this.lens = lens;
    this.model = model;
  }

  /// The file's text; `model` is the name it tells.
  public static String of(LogitLens lens, String model) {
    return new LensPicture(lens, model).draw();
  }

  private String draw() {
    int width = LEFT + CELL_WIDTH * lens.tokens().size() + 16;
    int height = TOP + CELL_HEIGHT * lens.layers().size() + 40;
    NextToken answer = lens.prediction().getFirst();
    String title = "Logit lens: \"" + lens.prompt() + "\" → " + VisibleText.of(answer.text());
    svg.append(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                .formatted(width, height))
        .append("viewBox=\"0 0 %d %d\" role=\"img\">\n<title>".formatted(width, height))
        .append(escaped(title))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
    text(16, 30, "title", title + "  " + VisibleText.percent(answer.probability()));
    text(
        16,
        52,
        "faint",
        "what each layer believes comes next, at each token; framed: from here on, the answer");
    for (int t = 0; t < lens.tokens().size(); t++) {
      text(LEFT + t * CELL_WIDTH + 6, TOP - 12, "token", VisibleText.of(lens.tokens().get(t), 11));
    }
    for (int r = 0; r < lens.layers().size(); r++) {
      row(r);
    }
    text(16, height - 14, "faint", "model " + model + " · drawn by Microtome");
    return svg.append("</svg>\n").toString();
  }

  private void row(int r) {
    LogitLens.Row row = lens.layers().get(r);
    int y = TOP + r * CELL_HEIGHT;
    text(16, y + 26, "faint", row.label());
    for (int t = 0; t < row.beliefs().size(); t++) {
      cell(row.beliefs().get(t), LEFT + t * CELL_WIDTH, y, lens.settledAt(t) == r);
    }
  }

  private void cell(LogitLens.Belief cell, int x, int y, boolean settled) {
    double probability = cell.top().getFirst().probability();
    String box =
        "x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\""
            .formatted(x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2);
    svg.append("<rect class=\"cold\" ")
        .append(box)
        .append("/><rect class=\"hot\" ")
        .append(box)
        .append(String.format(Locale.ROOT, " opacity=\"%.3f\"/>", probability));
    if (settled) {
      svg.append("<rect class=\"settled\" ").append(box).append("/>");
    }
    String ink = " on-" + VisibleText.heat(probability);
    text(x + 7, y + 19, "guess" + ink, VisibleText.of(cell.top().getFirst().text(), 10));
    text(x + 7, y + 35, "small" + ink, VisibleText.percent(probability));
  }

  private void text(int x, int y, String style, String text) {
    svg.append("<text x=\"%d\" y=\"%d\" class=\"%s\">".formatted(x, y, style))
        .append(escaped(text))
        .append("</text>\n");
  }

  private static final String STYLE =
      """
      .paper { fill: #ffffff } .cold { fill: #f3f6fa } .hot { fill: #1a56b0 }
      .settled { fill: none; stroke: #c2410c; stroke-width: 2 }
      text { fill: #16202c; font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, monospace; white-space: pre }
      .title { font: 600 17px system-ui, sans-serif } .token { font-weight: 600 }
      .faint { fill: #566373; font: 13px system-ui, sans-serif } .small { font-size: 11px }
      .on-hot { fill: #ffffff }
      @media (prefers-color-scheme: dark) {
        .paper { fill: #10151b } .cold { fill: #1a222c } .hot { fill: #6fb0ff }
        .settled { stroke: #ffb454 } text { fill: #e7edf4 } .faint { fill: #9aa8b8 }
        .on-hot, .on-warm { fill: #08121f }
      }
      """;
}
