package dev.microtome.models.pictures;

import java.util.Locale;

/// Text of tokens for people: blanks and control characters can be seen, long ones are cut.
public final class VisibleText {
  private VisibleText() {}

  /// `" a\n"` becomes `"␣a⏎"`; characters that draw nothing, or would turn the text around, become
  /// their number, `⟨202E⟩`.
  public static String of(String token) {
    var text = new StringBuilder();
    token.codePoints().forEach(point -> append(text, point));
    return text.isEmpty() ? "∅" : text.toString();
  }

  /// The same in at most `width` characters.
  public static String of(String token, int width) {
    return cut(of(token), width);
  }

  /// At most `width` characters of a text that can be seen.
  public static String cut(String text, int width) {
    return text.codePointCount(0, text.length()) <= width
        ? text
        : text.substring(0, text.offsetByCodePoints(0, width - 1)) + "…";
  }

  /// The same with spaces and new lines left as they are: for running text in a terminal, which
  /// control characters in a model's text must not steer.
  public static String printable(String text) {
    var printable = new StringBuilder();
    text.codePoints()
        .forEach(point -> {
          if (point == ' ' || point == '\n' || point == '\t') {
            printable.appendCodePoint(point);
          } else {
            append(printable, point);
          }
        });
    return printable.toString();
  }

  private static void append(StringBuilder text, int point) {
    switch (point) {
      case ' ' -> text.append('␣');
      case '\n' -> text.append('⏎');
      case '\t' -> text.append('⇥');
      default -> {
        if (draws(point)) {
          text.appendCodePoint(point);
        } else {
          text.append('⟨').append("%04X".formatted(point).toUpperCase(Locale.ROOT)).append('⟩');
        }
      }
    }
  }

  private static boolean draws(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR,
          Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK ->
          false;
      default -> true;
    };
  }

  /// `97.3 %`, and `<0.1 %` for what would round to nothing.
  public static String percent(double probability) {
    double percent = 100 * probability;
    return percent > 0 && percent < 0.05
        ? "<0.1 %"
        : String.format(Locale.ROOT, "%.1f %%", percent);
  }
}
