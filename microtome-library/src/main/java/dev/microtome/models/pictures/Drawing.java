package dev.microtome.models.pictures;

import java.util.ArrayList;
import java.util.List;

/// How all pictures begin: an SVG file that needs nothing else, on paper of its own.
final class Drawing {
  private Drawing() {}

  /// Begins a picture that takes as many pixels as it has; `style` says how the paper looks.
  static void ofSize(Markup svg, int width, int height, String title, String style) {
    begin(svg, width, height, List.of("width", width, "height", height), title, style);
  }

  /// Begins a picture that takes the room there is.
  static void ofShape(Markup svg, int width, int height, String title, String style) {
    begin(svg, width, height, List.of(), title, style);
  }

  private static void begin(
      Markup svg, int width, int height, List<Object> size, String title, String style) {
    var attributes = new ArrayList<Object>(List.of("xmlns", "http://www.w3.org/2000/svg"));
    attributes.addAll(size);
    attributes.addAll(List.of("viewBox", "0 0 %d %d".formatted(width, height), "role", "img"));
    svg.open("svg", attributes.toArray()).line();
    svg.element("title", title).line();
    svg.style(style).line();
    svg.shape("rect", "class", "paper", "width", "100%", "height", "100%").line();
  }
}
