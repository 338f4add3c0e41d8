package dev.microtome.models.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Evaluated arguments of a call.
///
/// @param what the function, for messages
record Arguments(String what, List<Object> positional, Map<String, Object> named) {
  /// The arguments by name.
  ///
  /// @param names what the function takes, in order
  Bound bind(String... names) {
    if (positional.size() > names.length) {
      throw new TemplateFault(
          "%s takes at most %d arguments, got %d".formatted(what, names.length, positional.size()));
    }
    var values = new LinkedHashMap<String, Object>();
    for (int i = 0; i < positional.size(); i++) {
      values.put(names[i], positional.get(i));
    }
    named.forEach((name, value) -> {
      if (!List.of(names).contains(name) || values.put(name, value) != null) {
        throw new TemplateFault(what + " takes no argument " + name + " here");
      }
    });
    return new Bound(what, values);
  }

  /// Arguments that have found their names.
  record Bound(String what, Map<String, Object> values) {
    boolean has(String name) {
      return values.containsKey(name);
    }

    @Nullable Object find(String name) {
      return values.get(name);
    }

    Object get(String name) {
      Object value = values.get(name);
      if (value == null) {
        throw new TemplateFault(what + " needs its argument " + name);
      }
      return value;
    }

    Object get(String name, Object fallback) {
      Object value = values.get(name);
      return value == null ? fallback : value;
    }

    String text(String name) {
      return text(get(name), name);
    }

    String text(String name, String fallback) {
      Object value = get(name, fallback);
      return value == None.NONE ? fallback : text(value, name);
    }

    private String text(Object value, String name) {
      if (value instanceof String text) {
        return text;
      }
      throw new TemplateFault(
          "%s wants a string as %s, got %s".formatted(what, name, Values.kind(value)));
    }

    int whole(String name, int fallback) {
      Object value = get(name, (long) fallback);
      if (value instanceof Long number && number == number.intValue()) {
        return number.intValue();
      }
      throw new TemplateFault(
          "%s wants a whole number as %s, got %s".formatted(what, name, Values.kind(value)));
    }

    boolean flag(String name, boolean fallback) {
      return Values.isTrue(get(name, fallback));
    }
  }
}
