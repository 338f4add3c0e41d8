package dev.microtome.server.http;

/// Text for a page: whatever it is, it stays text.
final class Html {
  private Html() {}

  static String escape(Object value) {
    return String.valueOf(value)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
