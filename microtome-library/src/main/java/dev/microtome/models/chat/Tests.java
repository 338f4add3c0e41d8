package dev.microtome.models.chat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What may follow `is`.
final class Tests {
  private static final Map<String, String> OPERATORS =
      Map.ofEntries(
          Map.entry("eq", "=="),
          Map.entry("equalto", "=="),
          Map.entry("ne", "!="),
          Map.entry("lt", "<"),
          Map.entry("lessthan", "<"),
          Map.entry("le", "<="),
          Map.entry("gt", ">"),
          Map.entry("greaterthan", ">"),
          Map.entry("ge", ">="),
          Map.entry("in", "in"));

  private static final Set<String> NAMES =
      Set.of(
          "defined",
          "undefined",
          "none",
          "string",
          "number",
          "integer",
          "float",
          "boolean",
          "true",
          "false",
          "mapping",
          "sequence",
          "iterable",
          "callable",
          "sameas",
          "odd",
          "even",
          "divisibleby",
          "lower",
          "upper");

  private Tests() {}

  static void require(String name, int line) {
    if (!NAMES.contains(name) && !OPERATORS.containsKey(name)) {
      throw new TemplateFault(line, "unknown test \"is " + name + "\"");
    }
  }

  static boolean holds(String name, Object value, Arguments arguments, Budget budget) {
    String operator = OPERATORS.get(name);
    if (operator != null) {
      return Operators.compares(operator, value, arguments.bind("other").get("other"), budget);
    }
    return switch (name) {
      case "sameas" -> {
        Object other = arguments.bind("other").get("other");
        yield value.getClass() == other.getClass() && Values.equal(value, other, budget);
      }
      case "divisibleby" -> {
        int by = arguments.bind("num").whole("num", 0);
        yield Operators.apply("%", value, (long) by, budget) instanceof Long rest && rest == 0;
      }
      default -> {
        arguments.bind();
        yield isKind(name, value) || (!isKindName(name) && isState(name, value));
      }
    };
  }

  private static boolean isKindName(String name) {
    return !Set.of("odd", "even", "lower", "upper").contains(name);
  }

  private static boolean isKind(String name, Object value) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == None.NONE;
      case "string" -> value instanceof String;
      case "number" -> Values.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "mapping" -> value instanceof Map<?, ?>;
      case "sequence", "iterable" ->
          value instanceof String
              || value instanceof List<?>
              || value instanceof Map<?, ?>
              || value instanceof Undefined;
      case "callable" -> value instanceof Callable;
      default -> false;
    };
  }

  private static boolean isState(String name, Object value) {
    return switch (name) {
      case "odd" -> Values.number(value) instanceof Long number && number % 2 != 0;
      case "even" -> Values.number(value) instanceof Long number && number % 2 == 0;
      case "lower" -> value instanceof String text && text.equals(text.toLowerCase(Locale.ROOT));
      default -> value instanceof String text && text.equals(text.toUpperCase(Locale.ROOT));
    };
  }
}
