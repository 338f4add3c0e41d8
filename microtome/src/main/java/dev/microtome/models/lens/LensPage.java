package dev.microtome.models.lens;

import static dev.microtome.models.lens.VisibleText.escaped;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Draws a [LensTable] as one HTML file that needs nothing else: no script, no font, no request.
/// Details of a cell appear while it is pointed at or has the focus, so that they work with mouse,
/// keyboard and finger.
public final class LensPage {
  private final LensTable table;
  private final StringBuilder html = new StringBuilder();

  private LensPage(LensTable table) {
    this.table = table;
  }

  /// The file's text.
  public static String of(LensTable table) {
    return new LensPage(table).draw();
  }

  private String draw() {
    String answer = VisibleText.of(table.prediction().getFirst().token());
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
        .append("style-src 'unsafe-inline'\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
        .append(escaped("Logit lens: " + table.prompt()))
        .append("</title>\n<style>\n")
        .append(style())
        .append("</style>\n</head>\n<body>\n<main>\n<h1>Logit lens</h1>\n<p class=\"prompt\"><q>")
        .append(escaped(table.prompt()))
        .append("</q> → <strong>")
        .append(escaped(answer))
        .append("</strong> ")
        .append(percent(table.prediction().getFirst()))
        .append(
            "</p>\n<p>Each cell is what a layer believes comes next after the token above it, were ")
        .append("it the last layer. A frame marks where the final answer first appears and stays. ")
        .append("Point at a cell, or tap it, for more.</p>\n");
    grid();
    html.append("<p class=\"scale\">0 % <span></span> 100 %</p>\n<footer>Model ")
        .append(escaped(table.model()))
        .append(
            " · ␣ is a space, ⏎ a new line · entropy in bits</footer>\n</main>\n</body>\n</html>\n");
    return html.toString();
  }

  private void grid() {
    html.append(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Layers and tokens\">\n")
        .append("<table>\n<thead>\n<tr><th scope=\"col\">layer</th>");
    for (String token : table.tokens()) {
      html.append("<th scope=\"col\">").append(escaped(VisibleText.of(token, 14))).append("</th>");
    }
    html.append("</tr>\n</thead>\n<tbody>\n");
    for (int r = 0; r < table.rows().size(); r++) {
      LensRow row = table.rows().get(r);
      html.append("<tr><th scope=\"row\">").append(escaped(row.layer())).append("</th>\n");
      for (int t = 0; t < table.tokens().size(); t++) {
        cell(row.layer(), row.cells().get(t), t, table.settledAt(t) == r);
      }
      html.append("</tr>\n");
    }
    html.append("</tbody>\n</table>\n</div>\n");
  }

  private void cell(String layer, LensCell cell, int token, boolean settled) {
    double probability = cell.best().probability();
    html.append("<td tabindex=\"0\" class=\"")
        .append(VisibleText.heat(probability))
        .append(settled ? " settled" : "")
        .append("\" style=\"--p:")
        .append(String.format(Locale.ROOT, "%.3f", probability))
        .append("\">")
        .append(escaped(VisibleText.of(cell.best().token(), 12)))
        .append("<small>")
        .append(percent(cell.best()))
        .append("</small><div class=\"more\"><b>")
        .append(escaped(layer))
        .append("</b> after <b>")
        .append(escaped(VisibleText.of(table.tokens().get(token))))
        .append("</b><ol>");
    for (Guess guess : cell.guesses()) {
      html.append("<li>")
          .append(escaped(VisibleText.of(guess.token())))
          .append(" <i>")
          .append(percent(guess))
          .append("</i></li>");
    }
    html.append("</ol>entropy ")
        .append(String.format(Locale.ROOT, "%.2f", cell.entropy()))
        .append(" bits</div></td>\n");
  }

  private static String percent(Guess guess) {
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
