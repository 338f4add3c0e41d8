package dev.microtome.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A loss over the steps of a training run, drawn on a logarithmic scale. A run of several phases
/// has a colour for each.
final class LossCurve {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 360;
  private static final int LEFT = 64;
  private static final int BOTTOM = 44;
  private static final int TOP = 40;
  private static final int RIGHT = 20;

  private static final List<String> COLOURS = List.of("#1f6feb", "#c2410c", "#15803d");

  private record Phase(String name, int start) {}

  private final List<Double> losses = new ArrayList<>();
  private final List<Phase> phases = new ArrayList<>();

  /// What comes from here on has a name and a colour of its own.
  void phase(String name) {
    phases.add(new Phase(name, losses.size()));
  }

  void add(double loss) {
    losses.add(loss);
  }

  /// Writes an SVG picture.
  void write(Path file, String title) throws IOException {
    double low =
        Math.floor(Math.log10(losses.stream().mapToDouble(x -> x).min().orElse(1)) * 2) / 2;
    double high =
        Math.ceil(Math.log10(losses.stream().mapToDouble(x -> x).max().orElse(10)) * 2) / 2;
    var svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" \
        font-size="12" fill="#444">
        <rect width="100%%" height="100%%" fill="#fff"/>
        <text x="%d" y="24" font-size="15" fill="#222">%s</text>
        """
            .formatted(WIDTH, HEIGHT, LEFT, title));
    for (double mark = low; mark <= high + 1e-9; mark += 0.5) {
      double y = y(Math.pow(10, mark), low, high);
      svg.append(
          line(
              """
              <line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/>
              <text x="%d" y="%.1f" text-anchor="end">%.3g</text>
              """,
              LEFT, y, WIDTH - RIGHT, y, LEFT - 8, y + 4, Math.pow(10, mark)));
    }
    for (int i = 0; i <= 4; i++) {
      int step = (losses.size() - 1) * i / 4;
      svg.append(
          line(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n",
              x(step), HEIGHT - BOTTOM + 20, step));
    }
    List<Phase> parts = phases.isEmpty() ? List.of(new Phase("", 0)) : phases;
    for (int i = 0; i < parts.size(); i++) {
      int end = i + 1 < parts.size() ? parts.get(i + 1).start() : losses.size();
      draw(svg, parts.get(i), end, COLOURS.get(i % COLOURS.size()), low, high);
    }
    Files.writeString(file, svg.append("</svg>\n"));
  }

  private void draw(
      StringBuilder svg, Phase phase, int end, String colour, double low, double high) {
    svg.append(
        line("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"", colour));
    for (int step = phase.start(); step < end; step++) {
      svg.append(line("%.1f,%.1f ", x(step), y(losses.get(step), low, high)));
    }
    svg.append(
        line(
            "\"/>\n<text x=\"%.1f\" y=\"%d\" fill=\"%s\">%s</text>\n",
            x(phase.start()) + 6, TOP + 14, colour, phase.name()));
  }

  private double x(int step) {
    return LEFT + (double) (WIDTH - LEFT - RIGHT) * step / Math.max(1, losses.size() - 1);
  }

  private static double y(double loss, double low, double high) {
    double up = (Math.log10(loss) - low) / Math.max(0.5, high - low);
    return HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP);
  }

  @SuppressWarnings("AnnotateFormatMethod") // private, its calls are above
  private static String line(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }
}
