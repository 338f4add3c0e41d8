package dev.microtome.models.pictures;

import dev.microtome.models.interpret.AttentionPatterns;

/// Draws [AttentionPatterns] as one HTML file that needs nothing else: all heads small, and the one
/// that is chosen large.
public final class AttentionPage {
  private final AttentionPatterns patterns;
  private final Page page;

  private AttentionPage(AttentionPatterns patterns, Page page) {
    this.patterns = patterns;
    this.page = page;
  }

  /// The file's text; `model` is the name it tells.
  public static String of(AttentionPatterns patterns, String model) {
    return Page.of(
        "Attention",
        "Attention: " + patterns.prompt().text(),
        model,
        page -> new AttentionPage(patterns, page).draw());
  }

  private void draw() {
    page.html().open("p", "class", "prompt").element("q", patterns.prompt().text()).close().line();
    page.paragraph(
        "Each square is an attention head: downwards the tokens that look, to the right the tokens"
            + " they look at, the darker the more. Choose one to see it large.");
    page.html().open("div", "class", "split").line().open("div", "class", "thumbs-box").line();
    thumbnails();
    page.scale("100 % of a token's attention");
    page.html().close().line().open("div").line();
    String chosen = id(mostTelling());
    for (int layer = 0; layer < patterns.layers().size(); layer++) {
      for (int head = 0; head < patterns.layers().get(layer).heads().size(); head++) {
        large(layer, head, id(new Place(layer, head)).equals(chosen));
      }
    }
    page.html().close().line().close().line();
  }

  private record Place(int layer, int head) {}

  private static String id(Place place) {
    return "head-%d-%d".formatted(place.layer(), place.head());
  }

  private void thumbnails() {
    page.html().open("div", "class", "scroll").line().open("table", "class", "thumbs").line();
    for (int layer = 0; layer < patterns.layers().size(); layer++) {
      AttentionPatterns.Layer row = patterns.layers().get(layer);
      page.html().open("tr").element("th", row.label(), "scope", "row").line();
      for (int head = 0; head < row.heads().size(); head++) {
        page.html()
            .open("td")
            .open("a", "href", "#" + id(new Place(layer, head)), "aria-label", name(layer, head));
        Thumbnail.write(row.heads().get(head), page.html());
        page.html().element("small", "head " + head).close().close().line();
      }
      page.html().close().line();
    }
    page.html().close().line().close().line();
  }

  private String name(int layer, int head) {
    return patterns.layers().get(layer).label() + ", head " + head;
  }

  private void large(int layer, int head, boolean first) {
    page.html()
        .open("section", "class", first ? "head first" : "head", "id", id(new Place(layer, head)))
        .element("h2", name(layer, head))
        .line();
    page.paragraph(
            "In percent of the attention of the token on the left. Point at a row, or tap it, for"
                + " the tokens it looks at most.")
        .grid(AttentionGrid.of(patterns, layer, head))
        .html()
        .close()
        .line();
  }

  // The head in which the last token looks most at another one, the first one aside: that is where
  // heads look that have nothing to do.
  private Place mostTelling() {
    int last = patterns.prompt().size() - 1;
    var best = new Place(0, 0);
    float most = -1;
    for (int layer = 0; layer < patterns.layers().size(); layer++) {
      for (int head = 0; head < patterns.layers().get(layer).heads().size(); head++) {
        for (int to = 1; to < last; to++) {
          float weight = patterns.head(layer, head).weight(last, to);
          if (weight > most) {
            most = weight;
            best = new Place(layer, head);
          }
        }
      }
    }
    return best;
  }
}
