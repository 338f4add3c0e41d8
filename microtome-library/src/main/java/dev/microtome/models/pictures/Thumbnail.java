package dev.microtome.models.pictures;

import dev.microtome.models.interpret.AttentionPatterns;
import java.util.ArrayList;

/// One head's pattern as a small square without numbers: a path for each of ten strengths, so that
/// a page of hundreds stays small.
final class Thumbnail {
  private static final int LEVELS = 10;

  private Thumbnail() {}

  static void write(AttentionPatterns.Head head, Markup html) {
    int tokens = head.weights().size();
    var paths = new ArrayList<StringBuilder>();
    for (int level = 0; level <= LEVELS; level++) {
      paths.add(new StringBuilder());
    }
    for (int from = 0; from < tokens; from++) {
      for (int to = 0; to <= from; to++) {
        int level = Math.round(head.weight(from, to) * LEVELS);
        paths.get(Math.clamp(level, 0, LEVELS)).append("M%d %dh1v1h-1z".formatted(to, from));
      }
    }
    html.open("svg", "viewBox", "0 0 %d %d".formatted(tokens, tokens), "aria-hidden", "true");
    for (int level = 1; level <= LEVELS; level++) {
      if (!paths.get(level).isEmpty()) {
        html.shape("path", "opacity", (double) level / LEVELS, "d", paths.get(level));
      }
    }
    html.close();
  }
}
