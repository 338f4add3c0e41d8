package dev.microtome.models.pictures;

import static dev.microtome.models.pictures.VisibleText.escaped;

import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.LogitLens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Draws a [LogitLens] as one HTML file that needs nothing else: no script, no font, no request.
/// Details of a cell appear while it is pointed at or has the focus, so that they work with mouse,
/// keyboard and finger.
public final class LensPage {
  private final LogitLens lens;
  private final String model;
  private final StringBuilder html = new StringBuilder();

  private LensPage(LogitLens lens, String model) {
    this.lens = lens;
    this.model = model;
  }

  /// The file's text; `model` is the name it tells.
  public static String of(LogitLens lens, String model) {
    return new LensPage(lens, model).draw();
  }

  private String draw() {
    String answer = VisibleText.of(lens.prediction().getFirst().text());
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
        .append("style-src 'unsafe-inline'\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
        .append(escaped("Logit lens: " + lens.prompt()))
        .append("</title>\n<style>\n")
        .append(style())
        .append("</style>\n</head>\n<body>\n<main>\n<h1>Logit lens</h1>\n<p class=\"prompt\"><q>")
        .append(escaped(lens.prompt()))
        .append("</q> → <strong>")
        .append(escaped(answer))
        .append("</strong> ")
        .append(percent(lens.prediction().getFirst()))
        .append(
            "</p>\n<p>Each cell is what a layer believes comes next after the token above it, were ")
        .append("it the last layer. A frame marks where the final answer first appears and stays. ")
        .append("Point at a cell, or tap it, for more.</p>\n");
    grid();
    html.append("<p class=\"scale\">0 % <span></span> 100 %</p>\n<footer>Model ")
        .append(escaped(model))
        .append(
            " · ␣ is a space, ⏎ a new line · entropy in bits</footer>\n</main>\n</body>\n</html>\n");
    return html.toString();
  }

  private void grid() {
    html.append(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Layers and tokens\">\n")
        .append("<table>\n<thead>\n<tr><th scope=\"col\">layer</th>");
    for (String token : lens.tokens()) {
      html.append("<th scope=\"col\">").append(escaped(VisibleText.of(token, 14))).append("</th>");
    }
    html.append("</tr>\n</thead>\n<tbody>\n");
    for (int r = 0; r < lens.layers().size(); r++) {
      LogitLens.Row row = lens.layers().get(r);
      html.append("<tr><th scope=\"row\">").append(escaped(row.label())).append("</th>\n");
      for (int t = 0; t < lens.tokens().size(); t++) {
        cell(row.path(), row.beliefs().get(t), t, lens.settledAt(t) == r);
      }
      html.append("</tr>\n");
    }
    html.append("</tbody>\n</table>\n</div>\n");
  }

  private void cell(String layer, LogitLens.Belief cell, int token, boolean settled) {
    double probability = cell.top().getFirst().probability();
    html.append("<td tabindex=\"0\" class=\"")
        .append(VisibleText.heat(probability))
        .append(settled ? " settled" : "")
        .append("\" style=\"--p:")
        .append(String.format(Locale.ROOT, "%.3f", probability))
        .append("\">")
        .append(escaped(VisibleText.of(cell.top().getFirst().text(), 12)))
        .append("<small>")
        .append(percent(cell.top().getFirst()))
        .append("</small><div class=\"more\"><b>")
        .append(escaped(layer))
        .append("</b> after <b>")
        .append(escaped(VisibleText.of(lens.tokens().get(token))))
        .append("</b><ol>");
    for (NextToken guess : cell.top()) {
      html.append("<li>")
          .append(escaped(VisibleText.of(guess.text())))
          .append(" <i>")
          .append(percent(guess))
          .append("</i></li>");
    }
    html.append("</ol>entropy ")
        .append(String.format(Locale.ROOT, "%.2f", cell.entropy() / Math.log(2)))
        .append(" bits</div></td>\n");
  }

  private static String percent(NextToken guess) {
    return escaped(VisibleText.percent(guess.probability()));
  }

  private static String style() {
    try (var in = LensPage.class.getResourceAsStream("lens.css")) {
      if (in == null) {
        throw new IllegalStateException("lens.css is missing beside LensPage.class");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read lens.css beside LensPage.class", e);
    }
  }
}
