package dev.microtome.models.chat;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Dates as C's `strftime` writes them, in English.
final class DateText {
  private DateText() {}

  static String of(LocalDateTime time, String format) {
    var out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char directive = format.charAt(++i);
      boolean bare = directive == '-' && i + 1 < format.length();
      String text = one(time, bare ? format.charAt(++i) : directive);
      out.append(bare ? text.replaceFirst("^[0 ](?=.)", "") : text);
    }
    return out.toString();
  }

  private static String one(LocalDateTime time, char directive) {
    String pattern =
        switch (directive) {
          case 'd' -> "dd";
          case 'e' -> "ppd";
          case 'm' -> "MM";
          case 'b', 'h' -> "MMM";
          case 'B' -> "MMMM";
          case 'y' -> "yy";
          case 'Y' -> "yyyy";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'j' -> "DDD";
          case 'F' -> "yyyy-MM-dd";
          case 'T' -> "HH:mm:ss";
          case 'R' -> "HH:mm";
          case 'D' -> "MM/dd/yy";
          case '%' -> "'%'";
          default -> throw new TemplateFault("strftime_now does not know \"%" + directive + "\"");
        };
    return DateTimeFormatter.ofPattern(pattern, Locale.US).format(time);
  }
}
