package dev.microtome.models.pictures;

import dev.microtome.models.finetune.LossHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// Draws losses over the steps of a training as an SVG picture that needs nothing else and follows
/// the reader's light or dark theme. The scale of the losses is logarithmic.
public final class LossPicture {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 400;
  private static final int LEFT = 76;
  private static final int RIGHT = 24;
  private static final int TOP = 76;
  private static final int BOTTOM = 56;
  private static final int COLOURS = 4;

  private final List<Line> lines;
  private final double last;
  private final double low;
  private final double high;
  private final Markup svg = new Markup();

  /// A loss after so many steps.
  public record Point(double steps, double loss) {}

  /// Losses in one colour.
  ///
  /// @param marked whether each point is drawn besides the line
  public record Line(String name, List<Point> points, boolean marked) {
    public Line {
      points = List.copyOf(points);
    }
  }

  private LossPicture(List<Line> lines) {
    this.lines = lines;
    List<Point> seen =
        lines.stream()
            .flatMap(line -> line.points().stream())
            .filter(LossPicture::canBeSeen)
            .toList();
    last = Math.max(1, extreme(seen, Point::steps, 1));
    high = extreme(seen, Point::loss, 1) * 1.1;
    low = Math.min(high / 2, -extreme(seen, point -> -point.loss(), -1) / 1.1);
  }

  private static boolean canBeSeen(Point point) {
    return point.loss() > 0 && point.loss() < Double.POSITIVE_INFINITY;
  }

  private static double extreme(List<Point> points, ToDoubleFunction<Point> value, double none) {
    return points.stream().mapToDouble(value).max().orElse(none);
  }

  /// The losses of a training and of what it held out.
  public static String of(LossHistory losses, String title) {
    var train = new ArrayList<Point>();
    for (int i = 0; i < losses.train().size(); i++) {
      train.add(new Point(i, losses.train().get(i)));
    }
    List<Point> heldOut =
        losses.heldOut().stream().map(one -> new Point(one.steps(), one.loss())).toList();
    var lines = new ArrayList<Line>();
    lines.add(new Line("learned", train, false));
    if (!heldOut.isEmpty()) {
      lines.add(new Line("held out", heldOut, true));
    }
    return of(title, lines);
  }

  /// Any losses.
  public static String of(String title, List<Line> lines) {
    return new LossPicture(List.copyOf(lines)).draw(title);
  }

  private String draw(String title) {
    Drawing.ofShape(svg, WIDTH, HEIGHT, title, STYLE);
    text(16, 30, "title", "start", title);
    grid();
    double x = LEFT;
    for (int i = 0; i < lines.size(); i++) {
      line(lines.get(i), "c" + i % COLOURS);
      text(x, 54, "colour c" + i % COLOURS, "start", "● " + lines.get(i).name());
      x += 40 + 8 * lines.get(i).name().length();
    }
    return svg.close().line().toString();
  }

  private void grid() {
    for (double mark : marks()) {
      double y = y(mark);
      svg.shape("path", "class", "rule", "d", path("M%d %.1fH%d", LEFT, y, WIDTH - RIGHT)).line();
      text(LEFT - 8, y + 4, "faint", "end", String.format(Locale.ROOT, "%.3g", mark));
    }
    for (int i = 0; i <= 4; i++) {
      double step = last * i / 4;
      text(x(step), HEIGHT - BOTTOM + 22, "faint", "middle", Long.toString(Math.round(step)));
    }
    text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12, "faint", "middle", "steps");
  }

  /// 1, 2 and 5 times powers of ten, or powers alone where there would be many.
  private List<Double> marks() {
    boolean wide = high / low > 1e3;
    var marks = new ArrayList<Double>();
    for (int power = (int) Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (double factor : wide ? new double[] {1} : new double[] {1, 2, 5}) {
        double mark = factor * Math.pow(10, power);
        if (mark >= low && mark <= high) {
          marks.add(mark);
        }
      }
    }
    return marks;
  }

  private void line(Line line, String colour) {
    var path = new StringBuilder();
    for (Point point : line.points()) {
      if (canBeSeen(point)) {
        path.append(path.isEmpty() ? "M" : "L").append(path("%.1f %.1f", at(point)));
      }
    }
    String width = line.marked() ? "2" : "1.2";
    svg.shape("path", "class", "line " + colour, "stroke-width", width, "d", path).line();
    if (line.marked()) {
      line.points().stream().filter(LossPicture::canBeSeen).forEach(point -> mark(point, colour));
    }
  }

  private void mark(Point point, String colour) {
    svg.shape(
            "circle",
            "class",
            "colour " + colour,
            "cx",
            path("%.1f", x(point.steps())),
            "cy",
            path("%.1f", y(point.loss())),
            "r",
            3)
        .line();
  }

  private Object[] at(Point point) {
    return new Object[] {x(point.steps()), y(point.loss())};
  }

  private double x(double steps) {
    return LEFT + (WIDTH - LEFT - RIGHT) * steps / last;
  }

  private double y(double loss) {
    double up = Math.log(loss / low) / Math.log(high / low);
    return HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP);
  }

  private void text(double x, double y, String look, String anchor, String text) {
    svg.element(
            "text",
            text,
            "x",
            path("%.1f", x),
            "y",
            path("%.1f", y),
            "class",
            look,
            "text-anchor",
            anchor)
        .line();
  }

  @SuppressWarnings("AnnotateFormatMethod") // private, its calls are above
  private static String path(String format, Object... numbers) {
    return String.format(Locale.ROOT, format, numbers);
  }

  private static final String STYLE =
      """
      .paper { fill: #ffffff } .rule { stroke: #d5dce4 }
      text { fill: #16202c; font: 13px system-ui, sans-serif } .title { font-size: 17px; font-weight: 600 }
      .faint { fill: #566373 } .colour { fill: currentColor }
      .line { fill: none; stroke: currentColor; stroke-linejoin: round }
      .c0 { color: #1a56b0 } .c1 { color: #c2410c } .c2 { color: #15803d } .c3 { color: #7c3aed }
      @media (prefers-color-scheme: dark) {
        .paper { fill: #10151b } .rule { stroke: #2b3541 } text { fill: #e7edf4 } .faint { fill: #9aa8b8 }
        .colour { fill: currentColor }
        .c0 { color: #6fb0ff } .c1 { color: #ffa657 } .c2 { color: #6ee7a0 } .c3 { color: #c4b5fd }
      }
      """;
}
