package dev.microtome.models.pictures;

import java.util.ArrayDeque;
import java.util.Deque;

/// Writes HTML and SVG. Texts and values of attributes are escaped here and nowhere else, so text
/// of a model can't become markup.
final class Markup {
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /// Opens an element; attributes are names and values in turn.
  Markup open(String tag, Object... attributes) {
    tag(tag, ">", attributes);
    open.push(tag);
    return this;
  }

  /// Closes the innermost open element.
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  Markup text(String text) {
    out.append(escaped(text));
    return this;
  }

  /// An element with nothing but text in it.
  Markup element(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /// An element that has no end, such as `<meta>` in HTML.
  Markup single(String tag, Object... attributes) {
    return tag(tag, ">", attributes);
  }

  /// An element without content in SVG.
  Markup shape(String tag, Object... attributes) {
    return tag(tag, "/>", attributes);
  }

  /// Style rules, written by us.
  Markup style(String rules) {
    out.append("<style>\n").append(rules).append("</style>");
    return this;
  }

  Markup line() {
    out.append('\n');
    return this;
  }

  private Markup tag(String tag, String end, Object... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      String value = String.valueOf(attributes[i + 1]);
      out.append(' ').append(attributes[i]);
      if (!value.isEmpty()) {
        out.append("=\"").append(escaped(value)).append('"');
      }
    }
    out.append(end);
    return this;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /// All that was written.
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }
}
