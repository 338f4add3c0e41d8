package dev.microtome.models.chat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Python's `'%s and %05.1f' % (a, b)`.
final class PercentFormat {
  private static final Pattern FIELD =
      Pattern.compile("%([-+0 #]{0,5})(\\d{0,3})(?:\\.(\\d{1,3}))?([a-zA-Z%])");

  private PercentFormat() {}

  static String of(String format, List<?> values, Budget budget) {
    var out = new StringBuilder();
    Matcher field = FIELD.matcher(format);
    int from = 0;
    int next = 0;
    while (field.find()) {
      out.append(format, from, field.start());
      from = field.end();
      if (field.group(4).equals("%")) {
        out.append('%');
      } else if (next == values.size()) {
        throw new TemplateFault("\"%\" has more fields than values");
      } else {
        out.append(field(field, values.get(next++), budget));
      }
    }
    if (next != values.size()) {
      throw new TemplateFault("\"%\" has fewer fields than values");
    }
    out.append(format.substring(from));
    budget.make(out.length());
    return out.toString();
  }

  private static String field(Matcher field, Object value, Budget budget) {
    String flags = field.group(1);
    String precision = field.group(3);
    int width = field.group(2).isEmpty() ? 0 : Integer.parseInt(field.group(2));
    String text =
        switch (field.group(4)) {
          case "s" -> cut(Texts.of(value, budget), precision);
          case "r" -> cut(Texts.quoted(value, budget), precision);
          case "d", "i" -> sign(flags, String.valueOf((long) Values.real(value)));
          case "x" -> Long.toHexString((long) Values.real(value));
          case "f", "F" -> {
            int digits = precision == null ? 6 : Integer.parseInt(precision);
            yield sign(flags, decimal(Values.real(value), digits));
          }
          default ->
              throw new TemplateFault("\"%" + field.group(4) + "\" is not known; use %s, %d or %f");
        };
    return padded(text, width, flags, !"sr".contains(field.group(4)));
  }

  /// The exact value of the binary number, halves rounded to even.
  private static String decimal(double value, int digits) {
    return Double.isFinite(value)
        ? new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString()
        : Texts.real(value);
  }

  private static String cut(String text, @Nullable String precision) {
    return precision == null || text.length() <= Integer.parseInt(precision)
        ? text
        : text.substring(0, Integer.parseInt(precision));
  }

  private static String sign(String flags, String number) {
    return number.startsWith("-") || !flags.contains("+") ? number : "+" + number;
  }

  private static String padded(String text, int width, String flags, boolean number) {
    int missing = Math.max(0, width - text.length());
    if (flags.contains("-")) {
      return text + " ".repeat(missing);
    }
    if (flags.contains("0") && number) {
      int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
      return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
    }
    return " ".repeat(missing) + text;
  }
}
