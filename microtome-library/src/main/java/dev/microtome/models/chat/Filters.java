package dev.microtome.models.chat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What may follow `|`: filters of single values here, those of many in [ListFilters].
final class Filters {
  private static final Set<String> NAMES =
      Set.of(
          "abs",
          "capitalize",
          "count",
          "d",
          "default",
          "e",
          "escape",
          "float",
          "format",
          "indent",
          "int",
          "join",
          "length",
          "lower",
          "replace",
          "round",
          "safe",
          "string",
          "title",
          "tojson",
          "trim",
          "upper",
          "wordcount");

  private Filters() {}

  static void require(String name, int line) {
    if (!has(name)) {
      throw new TemplateFault(line, "unknown filter \"" + name + "\"");
    }
  }

  static boolean has(String name) {
    return NAMES.contains(name) || ListFilters.NAMES.contains(name);
  }

  static Object apply(String name, Object value, Arguments arguments, Budget budget) {
    budget.step();
    if (ListFilters.NAMES.contains(name)) {
      return ListFilters.apply(name, value, arguments, budget);
    }
    return switch (name) {
      case "tojson" -> JsonText.of(value, arguments, budget);
      case "d", "default" -> {
        var bound = arguments.bind("default_value", "boolean");
        boolean missing =
            value instanceof Undefined || (bound.flag("boolean", false) && !Values.isTrue(value));
        yield missing ? bound.get("default_value", "") : value;
      }
      case "length", "count" -> (long) Values.length(value);
      case "join" -> join(value, arguments, budget);
      case "abs", "round", "int", "float" -> number(name, value, arguments);
      case "safe" -> value;
      default -> text(name, Texts.of(value, budget), arguments, budget);
    };
  }

  private static Object text(String name, String text, Arguments arguments, Budget budget) {
    budget.make(text.length());
    return switch (name) {
      case "trim" -> {
        var bound = arguments.bind("chars");
        String chars = bound.text("chars", "");
        yield StringMethods.strip(
            text,
            bound.get("chars", None.NONE) == None.NONE
                ? StringMethods::isSpace
                : c -> chars.indexOf(c) >= 0,
            true,
            true);
      }
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title" -> StringMethods.title(text);
      case "capitalize" -> StringMethods.capitalize(text);
      case "replace" -> {
        var bound = arguments.bind("old", "new", "count");
        int count = bound.get("count", None.NONE) == None.NONE ? -1 : bound.whole("count", -1);
        yield StringMethods.replace(text, bound.text("old"), bound.text("new"), count, budget);
      }
      case "indent" -> indent(text, arguments.bind("width", "first", "blank"), budget);
      case "format" -> PercentFormat.of(text, arguments.positional(), budget);
      case "wordcount" -> text.isBlank() ? 0L : (long) StringMethods.words(text, -1).size();
      case "e", "escape" ->
          text.replace("&", "&amp;")
              .replace("<", "&lt;")
              .replace(">", "&gt;")
              .replace("'", "&#39;")
              .replace("\"", "&#34;");
      default -> text;
    };
  }

  private static String join(Object value, Arguments arguments, Budget budget) {
    var bound = arguments.bind("d", "attribute");
    Object items = value;
    if (bound.has("attribute")) {
      var by = new Arguments("map", List.of(), Map.of("attribute", bound.get("attribute")));
      items = ListFilters.apply("map", value, by, budget);
    }
    return StringMethods.join(bound.text("d", ""), items, budget);
  }

  private static String indent(String text, Arguments.Bound bound, Budget budget) {
    String by =
        bound.get("width", 4L) instanceof String given
            ? given
            : " ".repeat(Math.clamp(bound.whole("width", 4), 0, 1000));
    boolean blanks = bound.flag("blank", false);
    var out = new StringBuilder(bound.flag("first", false) ? by : "");
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      budget.make(by.length());
      out.append(i == 0 ? "" : "\n");
      out.append(i == 0 || (lines[i].isEmpty() && !blanks) ? "" : by).append(lines[i]);
    }
    return out.toString();
  }

  private static Object number(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "abs" -> {
        arguments.bind();
        Object number = Values.number(value);
        yield number instanceof Long whole && whole != Long.MIN_VALUE
            ? (Object) Math.abs(whole)
            : (Object) Math.abs(Values.real(value));
      }
      case "round" -> round(Values.real(value), arguments.bind("precision", "method"));
      default -> {
        var bound = arguments.bind("default", "base");
        Object fallback = bound.get("default", name.equals("int") ? (Object) 0L : (Object) 0.0);
        yield converted(name.equals("int"), value, fallback);
      }
    };
  }

  private static Object converted(boolean whole, Object value, Object fallback) {
    try {
      double real =
          value instanceof String text ? Double.parseDouble(text.strip()) : Values.real(value);
      if (!whole) {
        return real;
      }
      return value instanceof String text && text.strip().matches("[+-]?[0-9]{1,18}")
          ? Long.parseLong(text.strip())
          : value instanceof Long number ? number : (long) real;
    } catch (NumberFormatException | TemplateFault _) {
      return fallback;
    }
  }

  private static double round(double value, Arguments.Bound bound) {
    double scale = Math.pow(10, Math.clamp(bound.whole("precision", 0), -15, 15));
    return switch (bound.text("method", "common")) {
      case "ceil" -> Math.ceil(value * scale) / scale;
      case "floor" -> Math.floor(value * scale) / scale;
      default -> Math.rint(value * scale) / scale;
    };
  }
}
