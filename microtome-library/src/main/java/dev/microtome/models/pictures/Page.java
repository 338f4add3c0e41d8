package dev.microtome.models.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/// What all pages have in common: one HTML file that needs nothing else, no script, no font, no
/// request. Details of a cell appear while it is pointed at or has the focus, so that they work
/// with mouse, keyboard and finger.
final class Page {
  private final Markup html = new Markup();
  private int tabs;

  private Page() {}

  /// A part of a page, shown when its tab is chosen.
  record Tab(String label, Consumer<Page> content) {}

  /// A whole file: a title, then what `content` writes, then the name of the model.
  static String of(String heading, String title, String model, Consumer<Page> content) {
    var page = new Page();
    page.head(title);
    page.html.open("body").open("main").line().element("h1", heading).line();
    content.accept(page);
    page.html
        .element("footer", "Model " + model + " · ␣ is a space, ⏎ a new line · drawn by Microtome")
        .line()
        .close()
        .close()
        .close()
        .line();
    return "<!doctype html>\n" + page.html;
  }

  private void head(String title) {
    html.open("html", "lang", "en").line().open("head").line();
    html.single("meta", "charset", "utf-8").line();
    html.single(
            "meta",
            "http-equiv",
            "Content-Security-Policy",
            "content",
            "default-src 'none'; style-src 'unsafe-inline'")
        .line();
    html.single("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
        .line();
    html.element("title", title).line().style(style()).line().close().line();
  }

  Markup html() {
    return html;
  }

  /// A sentence or two.
  Page paragraph(String text) {
    html.element("p", text).line();
    return this;
  }

  Page grid(Grid grid) {
    GridTable.write(grid, html);
    return this;
  }

  /// What the colours from nothing to `most` mean.
  Page scale(String most) {
    return scale("0 %", "one", most);
  }

  /// What colours to both sides mean.
  Page scaleBothWays(String least, String most) {
    return scale(least, "both", most);
  }

  private Page scale(String least, String kind, String most) {
    html.open("p", "class", "scale").text(least + " ").element("span", "", "class", kind);
    html.text(" " + most).close().line();
    return this;
  }

  /// Parts of which one is shown at a time.
  Page tabs(List<Tab> parts) {
    String group = "tabs" + tabs++;
    html.open("div", "class", "tabs").line();
    for (int i = 0; i < parts.size(); i++) {
      String id = group + "-" + i;
      if (i == 0) {
        html.single("input", "type", "radio", "name", group, "id", id, "checked", "");
      } else {
        html.single("input", "type", "radio", "name", group, "id", id);
      }
      html.element("label", parts.get(i).label(), "for", id).line();
    }
    for (Tab part : parts) {
      html.open("section").line();
      part.content().accept(this);
      html.close().line();
    }
    html.close().line();
    return this;
  }

  private static String style() {
    try (var in = Page.class.getResourceAsStream("page.css")) {
      if (in == null) {
        throw new IllegalStateException("page.css is missing beside Page.class");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read page.css beside Page.class", e);
    }
  }
}
