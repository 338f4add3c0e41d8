package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.List;

/// Arithmetic, as Python's.
final class Operators {
  private Operators() {}

  static Object apply(String operator, Object left, Object right, Budget budget) {
    if (operator.equals("~")) {
      return joined(Texts.of(left, budget), Texts.of(right, budget), budget);
    }
    if (left instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (left instanceof String text) {
      return ofText(operator, text, right, budget);
    }
    if (left instanceof List<?> list) {
      return ofList(operator, list, right, budget);
    }
    if (operator.equals("*") && (right instanceof String || right instanceof List<?>)) {
      return apply(operator, right, left, budget);
    }
    if (!Values.isNumber(left) || !Values.isNumber(right)) {
      throw mismatch(operator, left, right);
    }
    return ofNumbers(operator, Values.number(left), Values.number(right));
  }

  private static TemplateFault mismatch(String operator, Object left, Object right) {
    return new TemplateFault(
        "%s %s %s does not work; convert one of them, for example with | string"
            .formatted(Values.kind(left), operator, Values.kind(right)));
  }

  private static String joined(String left, String right, Budget budget) {
    budget.make((long) left.length() + right.length());
    return left + right;
  }

  private static Object ofText(String operator, String left, Object right, Budget budget) {
    if (operator.equals("+") && right instanceof String text) {
      return joined(left, text, budget);
    }
    if (operator.equals("%")) {
      return PercentFormat.of(left, right instanceof Tuple tuple ? tuple : List.of(right), budget);
    }
    if (operator.equals("*") && right instanceof Long times) {
      int count = Math.clamp(times, 0, 1 << 30);
      budget.make((long) left.length() * count);
      return left.repeat(count);
    }
    throw mismatch(operator, left, right);
  }

  private static Object ofList(String operator, List<?> left, Object right, Budget budget) {
    var all = new ArrayList<Object>();
    if (operator.equals("+") && right instanceof List<?> more) {
      budget.make((long) left.size() + more.size());
      all.addAll(left);
      all.addAll(more);
    } else if (operator.equals("*") && right instanceof Long times) {
      int count = Math.clamp(times, 0, 1 << 30);
      budget.make((long) left.size() * count);
      for (int i = 0; i < count && !left.isEmpty(); i++) {
        all.addAll(left);
      }
    } else {
      throw mismatch(operator, left, right);
    }
    return left instanceof Tuple ? new Tuple(all) : all;
  }

  private static Object ofNumbers(String operator, Object left, Object right) {
    try {
      return left instanceof Long a && right instanceof Long b && !operator.equals("/")
          ? ofWhole(operator, a, b)
          : ofReal(operator, Values.real(left), Values.real(right));
    } catch (ArithmeticException _) {
      throw new TemplateFault("%s %s %s is no number of 64 bits".formatted(left, operator, right));
    }
  }

  private static Object ofWhole(String operator, long a, long b) {
    return switch (operator) {
      case "+" -> Math.addExact(a, b);
      case "-" -> Math.subtractExact(a, b);
      case "*" -> Math.multiplyExact(a, b);
      case "//" -> Math.floorDivExact(a, b);
      case "%" -> Math.floorMod(a, b);
      default ->
          b < 0
              ? (Object) Math.pow((double) a, (double) b)
              : (Object) Math.powExact(a, (int) Math.min(b, 1 << 20));
    };
  }

  private static Object ofReal(String operator, double a, double b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new ArithmeticException();
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - Math.floor(a / b) * b;
      default -> Math.pow(a, b);
    };
  }

  static Object negated(Object value) {
    Object number = Values.number(value);
    return number instanceof Long whole
        ? ofNumbers("-", 0L, whole)
        : (Object) (-Values.real(number));
  }

  static boolean compares(String operator, Object left, Object right, Budget budget) {
    return switch (operator) {
      case "==" -> Values.equal(left, right, budget);
      case "!=" -> !Values.equal(left, right, budget);
      case "in" -> Values.contains(right, left, budget);
      case "not in" -> !Values.contains(right, left, budget);
      case "<" -> Values.compare(left, right, budget) < 0;
      case "<=" -> Values.compare(left, right, budget) <= 0;
      case ">" -> Values.compare(left, right, budget) > 0;
      default -> Values.compare(left, right, budget) >= 0;
    };
  }
}
