package dev.microtome.cli;

import java.util.Locale;

/// Colours for terminals that want them: <https://no-color.org> is honoured.
///
/// @param on whether codes are written at all
record Ansi(boolean on) {
  /// When to colour: for a terminal, always, never.
  enum When {
    AUTO,
    ALWAYS,
    NEVER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Whether to colour, `NO_COLOR` and dumb terminals considered.
  static boolean wanted(When when, boolean terminal) {
    return switch (when) {
      case ALWAYS -> true;
      case NEVER -> false;
      case AUTO ->
          terminal
              && System.getenv().getOrDefault("NO_COLOR", "").isEmpty()
              && !"dumb".equals(System.getenv("TERM"));
    };
  }

  String bold(String text) {
    return code("1", text);
  }

  String dim(String text) {
    return code("2", text);
  }

  String red(String text) {
    return code("31", text);
  }

  String green(String text) {
    return code("32", text);
  }

  String yellow(String text) {
    return code("33", text);
  }

  /// Text on one of 256 background colours, in black or white, whichever reads better.
  String on(int background, boolean whiteText, String text) {
    return code((whiteText ? "97" : "30") + ";48;5;" + background, text);
  }

  private String code(String code, String text) {
    return on ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
