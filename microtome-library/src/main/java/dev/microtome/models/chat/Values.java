package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The values templates know: String, Long, Double, Boolean, [None], List, [Tuple], Map,
/// [Namespace], [Callable], [Undefined]; with Python's rules of truth, equality and order.
final class Values {
  private static final int MAX_DEPTH = 100;

  private Values() {}

  /// A caller's value as a template sees it: copied, so that nothing of the caller's is touched.
  static Object of(@Nullable Object value) {
    return of(value, 0);
  }

  private static Object of(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "a chat message is nested more than " + MAX_DEPTH + " deep; flatten it");
    }
    return switch (value) {
      case null -> None.NONE;
      case CharSequence text -> text.toString();
      case Boolean flag -> flag;
      case Double number -> number;
      case Float number -> (double) number;
      case Number number when number.longValue() == number.doubleValue() -> number.longValue();
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<Object, Object>();
        map.forEach((key, item) -> copy.put(String.valueOf(key), of(item, depth + 1)));
        yield copy;
      }
      case Iterable<?> items -> {
        var copy = new ArrayList<Object>();
        items.forEach(item -> copy.add(of(item, depth + 1)));
        yield copy;
      }
      default ->
          throw new IllegalArgumentException(
              "a chat message holds a %s; use texts, numbers, booleans, lists and maps"
                  .formatted(value.getClass().getName()));
    };
  }

  static boolean isTrue(Object value) {
    return switch (value) {
      case Boolean flag -> flag;
      case String text -> !text.isEmpty();
      case Long number -> number != 0;
      case Double number -> number != 0;
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case None _, Undefined _ -> false;
      default -> true;
    };
  }

  /// What a value is, for messages.
  static String kind(Object value) {
    return switch (value) {
      case String _ -> "a string";
      case Boolean _ -> "a boolean";
      case Long _, Double _ -> "a number";
      case Tuple _ -> "a tuple";
      case List<?> _ -> "a list";
      case Map<?, ?> _ -> "a mapping";
      case None _ -> "none";
      case Namespace _ -> "a namespace";
      case Undefined undefined -> undefined.name() + ", which is undefined,";
      default -> "a function";
    };
  }

  /// Items to run over: characters of a string, keys of a mapping.
  static List<Object> items(Object value, Budget budget) {
    List<Object> items =
        switch (value) {
          case List<?> list -> new ArrayList<Object>(list);
          case Map<?, ?> map -> new ArrayList<Object>(map.keySet());
          case String text ->
              new ArrayList<Object>(text.codePoints().mapToObj(Character::toString).toList());
          case Undefined _ -> new ArrayList<>();
          default -> throw new TemplateFault(kind(value) + " can't be run over");
        };
    budget.make(items.size());
    return items;
  }

  static int length(Object value) {
    return switch (value) {
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case String text -> text.codePointCount(0, text.length());
      case Undefined _ -> 0;
      default -> throw new TemplateFault(kind(value) + " has no length");
    };
  }

  static boolean equal(Object a, Object b, Budget budget) {
    budget.step();
    return switch (a) {
      case String text -> text.equals(b);
      case List<?> list -> b instanceof List<?> other && equalLists(list, other, budget);
      case Map<?, ?> map -> b instanceof Map<?, ?> other && equalMaps(map, other, budget);
      case None _ -> b == None.NONE;
      case Undefined _ -> b instanceof Undefined;
      case Boolean _, Long _, Double _ -> isNumber(b) && compareNumbers(a, b) == 0 && !isNaN(a);
      default -> a.equals(b); // by identity
    };
  }

  private static boolean isNaN(Object value) {
    return value instanceof Double number && number.isNaN();
  }

  private static boolean equalLists(List<?> a, List<?> b, Budget budget) {
    if (a.size() != b.size() || a instanceof Tuple != b instanceof Tuple) {
      return false;
    }
    budget.enter();
    boolean same = true;
    for (int i = 0; same && i < a.size(); i++) {
      same = equal(a.get(i), b.get(i), budget);
    }
    budget.leave();
    return same;
  }

  private static boolean equalMaps(Map<?, ?> a, Map<?, ?> b, Budget budget) {
    budget.enter();
    boolean same = a.size() == b.size();
    for (var entry : a.entrySet()) {
      Object other = b.get(entry.getKey());
      same = same && other != null && equal(entry.getValue(), other, budget);
    }
    budget.leave();
    return same;
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  /// A number or boolean as Long or Double.
  static Object number(Object value) {
    return switch (value) {
      case Boolean flag -> flag ? 1L : 0L;
      case Long number -> number;
      case Double number -> number;
      case Undefined undefined -> throw undefined.fault();
      default -> throw new TemplateFault("a number is wanted, got " + kind(value));
    };
  }

  static double real(Object value) {
    return ((Number) number(value)).doubleValue();
  }

  private static int compareNumbers(Object a, Object b) {
    return number(a) instanceof Long left && number(b) instanceof Long right
        ? Long.compare(left, right)
        : Double.compare(real(a) + 0.0, real(b) + 0.0); // -0.0 is 0.0
  }

  /// Order, as of `<`.
  static int compare(Object a, Object b, Budget budget) {
    budget.step();
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b);
    }
    if (a instanceof String left && b instanceof String right) {
      return compareTexts(left, right);
    }
    if (a instanceof List<?> left && b instanceof List<?> right) {
      for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
        if (!equal(left.get(i), right.get(i), budget)) {
          return compare(left.get(i), right.get(i), budget);
        }
      }
      return Integer.compare(left.size(), right.size());
    }
    throw new TemplateFault(kind(a) + " and " + kind(b) + " have no order");
  }

  /// By code points, which UTF-16 orders differently.
  private static int compareTexts(String a, String b) {
    int[] left = a.codePoints().toArray();
    int[] right = b.codePoints().toArray();
    return java.util.Arrays.compare(left, right);
  }

  static boolean contains(Object container, Object item, Budget budget) {
    return switch (container) {
      case String text when item instanceof String part -> {
        budget.steps(1 + text.length() / 64);
        yield text.contains(part);
      }
      case Map<?, ?> map -> map.containsKey(item);
      case List<?> list -> {
        for (Object one : list) {
          if (equal(one, item, budget)) {
            yield true;
          }
        }
        yield false;
      }
      case Undefined _ -> false;
      default -> throw new TemplateFault(kind(item) + " can't be in " + kind(container));
    };
  }

  /// A key of a mapping; whole numbers of all kinds are the same key.
  static Object key(Object value) {
    return switch (value) {
      case String _, None _ -> value;
      case Boolean _, Long _ -> number(value);
      case Double number ->
          number == Math.rint(number) && Math.abs(number) < 1e15
              ? (Object) number.longValue()
              : number;
      default -> throw new TemplateFault(kind(value) + " can't be a key");
    };
  }
}
