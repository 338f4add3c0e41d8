package dev.microtome.models.chat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// Values as text, as Python writes them.
final class Texts {
  private static final double LEAST_PLAIN = 1e-4;
  private static final double MOST_PLAIN = 1e16;

  private final Budget budget;
  private final StringBuilder out = new StringBuilder();

  private Texts(Budget budget) {
    this.budget = budget;
  }

  /// A value as `{{ value }}` writes it.
  static String of(Object value, Budget budget) {
    return switch (value) {
      case String text -> text;
      case Undefined _ -> "";
      default -> quoted(value, budget);
    };
  }

  /// A value as it stands inside a written list.
  static String quoted(Object value, Budget budget) {
    var texts = new Texts(budget);
    texts.write(value);
    return texts.out.toString();
  }

  private void write(Object value) {
    budget.step();
    int before = out.length();
    switch (value) {
      case String text -> quote(text);
      case Boolean flag -> out.append(flag ? "True" : "False");
      case Long number -> out.append((long) number);
      case Double number -> out.append(real(number));
      case None _ -> out.append("None");
      case Undefined _ -> out.append("Undefined");
      case Namespace _ -> out.append("<Namespace>");
      case Tuple tuple -> list(tuple, "(", tuple.size() == 1 ? ",)" : ")");
      case List<?> list -> list(list, "[", "]");
      case Map<?, ?> map -> map(map);
      default -> out.append("<function>");
    }
    budget.make(Math.max(0, out.length() - before));
  }

  private void list(List<?> list, String open, String close) {
    budget.enter();
    out.append(open);
    String comma = "";
    for (Object item : list) {
      out.append(comma);
      write(item);
      comma = ", ";
    }
    out.append(close);
    budget.leave();
  }

  private void map(Map<?, ?> map) {
    budget.enter();
    out.append('{');
    String comma = "";
    for (var entry : map.entrySet()) {
      out.append(comma);
      write(entry.getKey());
      out.append(": ");
      write(entry.getValue());
      comma = ", ";
    }
    out.append('}');
    budget.leave();
  }

  private void quote(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            case '\r' -> out.append("\\r");
            case '\\' -> out.append("\\\\");
            default -> {
              if (c == quote) {
                out.append('\\').append(quote);
              } else if (c < ' ' || (c >= 0x7f && c < 0xa0)) {
                out.append("\\x%02x".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            }
          }
        });
    out.append(quote);
  }

  /// The shortest digits that give the number back.
  static String real(double number) {
    double size = Math.abs(number);
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    String java = Double.toString(number);
    if (size == 0 || (size >= LEAST_PLAIN && size < MOST_PLAIN)) {
      String plain = size == 0 ? java : new BigDecimal(java).toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    int e = java.indexOf('E');
    String digits = java.substring(0, e).replaceFirst("\\.0$", "");
    int exponent = Integer.parseInt(java.substring(e + 1));
    return "%se%s%02d".formatted(digits, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }
}
