package dev.microtome.models.chat;

/// The text of a string as it is written in a template, with Python's escapes.
final class StringLiteral {
  private StringLiteral() {}

  static String unescaped(String raw, int line) {
    if (raw.indexOf('\\') < 0) {
      return raw;
    }
    var text = new StringBuilder();
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c != '\\' || i + 1 == raw.length()) {
        text.append(c);
        continue;
      }
      char escape = raw.charAt(++i);
      int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : escape == 'U' ? 8 : 0;
      if (digits > 0) {
        text.appendCodePoint(hex(raw, i + 1, digits, line));
        i += digits;
      } else {
        text.append(simple(escape));
      }
    }
    return text.toString();
  }

  private static int hex(String raw, int from, int digits, int line) {
    try {
      int point = Integer.parseInt(raw, from, from + digits, 16);
      if (Character.isValidCodePoint(point)) {
        return point;
      }
    } catch (NumberFormatException | IndexOutOfBoundsException _) {
      // said below
    }
    throw new TemplateFault(line, "a string has a broken escape; it needs " + digits + " digits");
  }

  private static String simple(char escape) {
    return switch (escape) {
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case 'b' -> "\b";
      case 'f' -> "\f";
      case 'a' -> "\u0007";
      case 'v' -> "\u000b";
      case '0' -> "\0";
      case '\n' -> "";
      case '\\', '\'', '"' -> String.valueOf(escape);
      default -> "\\" + escape;
    };
  }
}
