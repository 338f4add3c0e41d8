package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// `value.name`, `value[key]` and `value[from:to:step]`.
final class Attributes {
  private static final List<String> MUTATORS =
      List.of(
          "append",
          "extend",
          "insert",
          "remove",
          "pop",
          "popitem",
          "clear",
          "update",
          "sort",
          "reverse",
          "setdefault");

  private Attributes() {}

  static Object of(Object value, String name, Budget budget) {
    return switch (value) {
      case Undefined undefined -> throw undefined.fault();
      case LoopState loop -> loop.attribute(name);
      case Namespace namespace ->
          namespace.attributes.getOrDefault(name, new Undefined("\"" + name + "\""));
      case String text when StringMethods.has(name) ->
          (Callable) arguments -> StringMethods.call(text, arguments, budget);
      case Map<?, ?> map when MappingMethods.has(name) ->
          (Callable) arguments -> MappingMethods.call(map, arguments);
      case Map<?, ?> map when map.containsKey(name) -> found(map, name);
      case List<?> list when name.equals("index") || name.equals("count") ->
          (Callable) arguments -> find(list, arguments, budget);
      case List<?> _, Map<?, ?> _ when MUTATORS.contains(name) ->
          throw new TemplateFault(
              "\"%s\" would change %s, which templates must not; use + or a namespace"
                  .formatted(name, Values.kind(value)));
      default -> new Undefined("\"" + name + "\"");
    };
  }

  /// The value of a key that is there.
  private static Object found(Map<?, ?> map, Object key) {
    return Objects.requireNonNull(map.get(key));
  }

  private static Object find(List<?> list, Arguments arguments, Budget budget) {
    Object wanted = arguments.bind("value").get("value");
    long count = 0;
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), wanted, budget)) {
        if (arguments.what().equals("index")) {
          return (long) i;
        }
        count++;
      }
    }
    if (arguments.what().equals("index")) {
      throw new TemplateFault("index: the list does not hold that");
    }
    return count;
  }

  static Object item(Object value, Object key, Budget budget) {
    return switch (value) {
      case Undefined undefined -> throw undefined.fault();
      case Map<?, ?> map when map.containsKey(Values.key(key)) -> found(map, Values.key(key));
      case List<?> list when key instanceof Long index -> {
        long at = index < 0 ? index + list.size() : index;
        yield at >= 0 && at < list.size() ? list.get((int) at) : absent(key, budget);
      }
      case String text when key instanceof Long -> {
        budget.steps(1 + text.length() / 64);
        int[] points = text.codePoints().toArray();
        long at = (Long) key < 0 ? (Long) key + points.length : (Long) key;
        yield at >= 0 && at < points.length
            ? Character.toString(points[(int) at])
            : absent(key, budget);
      }
      default -> key instanceof String name ? of(value, name, budget) : absent(key, budget);
    };
  }

  private static Undefined absent(Object key, Budget budget) {
    return new Undefined("item " + Texts.quoted(key, budget));
  }

  static Object slice(
      Object value, @Nullable Long from, @Nullable Long to, long step, Budget budget) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (step == 0) {
      throw new TemplateFault("a slice's step can't be 0");
    }
    if (value instanceof Map<?, ?>) {
      throw new TemplateFault("a mapping has no slices");
    }
    List<Object> items = Values.items(value, budget);
    int size = items.size();
    long first = bound(from, step > 0 ? 0 : size - 1, size, step);
    long last = bound(to, step > 0 ? size : -1, size, step);
    var picked = new ArrayList<Object>();
    long stride = Math.clamp(step, -size - 1L, size + 1L);
    for (long i = first; stride > 0 ? i < last : i > last; i += stride) {
      picked.add(items.get((int) i));
    }
    if (value instanceof String) {
      var text = new StringBuilder();
      picked.forEach(text::append);
      return text.toString();
    }
    return value instanceof Tuple ? new Tuple(picked) : picked;
  }

  private static long bound(@Nullable Long given, long fallback, int size, long step) {
    if (given == null) {
      return fallback;
    }
    long at = given < 0 ? given + size : given;
    return step > 0 ? Math.clamp(at, 0, size) : Math.clamp(at, -1, size - 1);
  }
}
