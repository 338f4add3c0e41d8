package dev.microtome.models.pictures;

import dev.microtome.lowbit.LowBitReport;
import java.util.Locale;

/// Draws what quantizing left of each layer, as an SVG picture that needs nothing else and follows
/// the reader's light or dark theme: a bar of decibels of signal over noise, with bits and sizes.
public final class SignalPicture {
  private static final int BAR = 380;
  private static final int ROW = 22;
  private static final int TOP = 92;
  private static final int LETTER = 8; // pixels a letter takes
  private static final int NUMBERS = 250;

  private SignalPicture() {}

  /// The file's text; `model` is the name it tells.
  public static String of(LowBitReport report, String model) {
    int names = 24;
    double most = 1;
    for (LowBitReport.Row row : report.rows()) {
      names = Math.max(names, LETTER * row.path().length() + 24);
      most = Math.max(most, finite(row.error().decibels()));
    }
    int width = names + BAR + NUMBERS;
    int height = TOP + ROW * report.rows().size() + 44;
    var svg = new Markup();
    String title = "Signal over noise of each quantized layer";
    Drawing.ofSize(svg, width, height, title, STYLE);
    text(svg, 16, 30, "title", title);
    text(
        svg,
        16,
        54,
        "faint",
        format(
            "decibels: 20 log10(norm of the weight / norm of its error); %d layers, %.1f kB were %.1f kB",
            report.rows().size(), report.bytes() / 1e3, report.bytesBefore() / 1e3));
    for (int i = 0; i < report.rows().size(); i++) {
      row(svg, report.rows().get(i), names, TOP + i * ROW, BAR / most);
    }
    text(svg, 16, height - 16, "faint", "model " + model + " · drawn by Microtome");
    return svg.close().line().toString();
  }

  private static void row(Markup svg, LowBitReport.Row row, int left, int y, double scale) {
    double decibels = finite(row.error().decibels());
    text(svg, 16, y, "name", row.path());
    svg.shape(
        "rect",
        "class",
        "bar",
        "x",
        left,
        "y",
        y - 12,
        "width",
        format("%.1f", Math.max(0, decibels) * scale),
        "height",
        15,
        "rx",
        3);
    text(
        svg,
        (int) (left + Math.max(0, decibels) * scale + 8),
        y,
        "numbers",
        format(
            "%.1f dB · %s bits, %.2f all in · %.1f kB",
            decibels, row.bits(), row.bitsPerWeight(), row.bytes() / 1e3));
  }

  /// A layer without any error, such as one of zeros, has no finite number.
  private static double finite(double decibels) {
    return Double.isFinite(decibels) ? decibels : 0;
  }

  private static void text(Markup svg, int x, int y, String look, String text) {
    svg.element("text", text, "x", x, "y", y, "class", look).line();
  }

  @SuppressWarnings("AnnotateFormatMethod") // private, its calls are above
  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static final String STYLE =
      """
      .paper { fill: #ffffff } .bar { fill: #1a56b0 }
      text { fill: #16202c; font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, monospace; white-space: pre }
      .title { font: 600 17px system-ui, sans-serif } .faint { fill: #566373; font: 13px system-ui, sans-serif }
      @media (prefers-color-scheme: dark) {
        .paper { fill: #10151b } .bar { fill: #6fb0ff } text { fill: #e7edf4 } .faint { fill: #9aa8b8 }
      }
      """;
}
