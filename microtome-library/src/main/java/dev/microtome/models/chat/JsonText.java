package dev.microtome.models.chat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Values as JSON, spaced as Python's `json.dumps` does, letters of all scripts as they are.
final class JsonText {
  private final Budget budget;
  private final String indent;
  private final boolean sorted;
  private final String comma;
  private final String colon;
  private final StringBuilder out = new StringBuilder();

  private JsonText(Budget budget, String indent, boolean sorted, String comma, String colon) {
    this.budget = budget;
    this.indent = indent;
    this.sorted = sorted;
    this.comma = comma;
    this.colon = colon;
  }

  /// The filter `tojson(ensure_ascii, indent, separators, sort_keys)`.
  static String of(Object value, Arguments arguments, Budget budget) {
    Arguments.Bound bound = arguments.bind("ensure_ascii", "indent", "separators", "sort_keys");
    Object wide = bound.get("indent", None.NONE);
    String indent =
        switch (wide) {
          case None _ -> "";
          case String text -> text;
          default -> " ".repeat(Math.clamp(bound.whole("indent", 0), 0, 16));
        };
    boolean lines = wide != None.NONE;
    String comma = lines ? "," : ", ";
    String colon = ": ";
    if (bound.get("separators", None.NONE) instanceof List<?> pair
        && pair.size() == 2
        && pair.get(0) instanceof String first
        && pair.get(1) instanceof String second) {
      comma = first;
      colon = second;
    }
    var json =
        new JsonText(
            budget, lines ? "\n" + indent : "", bound.flag("sort_keys", false), comma, colon);
    json.write(value, 0);
    String text = json.out.toString();
    return bound.flag("ensure_ascii", false) ? ascii(text) : text;
  }

  private static String ascii(String text) {
    var out = new StringBuilder();
    text.chars().forEach(c -> out.append(c < 0x7f ? String.valueOf((char) c) : escape(c)));
    return out.toString();
  }

  private static String escape(int c) {
    return "\\u%04x".formatted(c);
  }

  private void write(Object value, int depth) {
    budget.step();
    int before = out.length();
    switch (value) {
      case String text -> string(text);
      case Boolean flag -> out.append((boolean) flag);
      case Long number -> out.append((long) number);
      case Double number -> out.append(real(number));
      case None _ -> out.append("null");
      case List<?> list -> list(list, depth + 1);
      case Map<?, ?> map -> map(sorted ? sorted(map) : map, depth + 1);
      case Undefined undefined -> throw undefined.fault();
      default -> throw new TemplateFault("tojson can't write " + Values.kind(value));
    }
    budget.make(Math.max(0, out.length() - before));
  }

  private static String real(double number) {
    return Double.isNaN(number)
        ? "NaN"
        : Double.isInfinite(number) ? (number > 0 ? "Infinity" : "-Infinity") : Texts.real(number);
  }

  private static Map<?, ?> sorted(Map<?, ?> map) {
    var sorted = new TreeMap<String, Object>();
    map.forEach((key, value) -> sorted.put(String.valueOf(key), value));
    return sorted;
  }

  private void newLine(int depth) {
    if (!indent.isEmpty()) {
      out.append('\n').repeat(indent.substring(1), depth);
    }
  }

  private void list(List<?> list, int depth) {
    budget.enter();
    out.append('[');
    String before = "";
    for (Object item : list) {
      out.append(before);
      newLine(depth);
      write(item, depth);
      before = comma;
    }
    if (!list.isEmpty()) {
      newLine(depth - 1);
    }
    out.append(']');
    budget.leave();
  }

  private void map(Map<?, ?> map, int depth) {
    budget.enter();
    out.append('{');
    String before = "";
    for (var entry : map.entrySet()) {
      out.append(before);
      newLine(depth);
      string(entry.getKey() instanceof String text ? text : Texts.of(entry.getKey(), budget));
      out.append(colon);
      write(entry.getValue(), depth);
      before = comma;
    }
    if (!map.isEmpty()) {
      newLine(depth - 1);
    }
    out.append('}');
    budget.leave();
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> out.append(c < ' ' ? escape(c) : String.valueOf(c));
      }
    }
    out.append('"');
  }
}
