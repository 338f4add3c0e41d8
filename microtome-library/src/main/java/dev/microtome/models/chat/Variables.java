package dev.microtome.models.chat;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Names and their values: those of a loop's or macro's body, and behind them those around it.
final class Variables {
  private final Map<String, Object> here = new HashMap<>();
  private final @Nullable Variables around;

  Variables(@Nullable Variables around) {
    this.around = around;
  }

  void set(String name, Object value) {
    here.put(name, value);
  }

  Object get(String name) {
    for (Variables scope = this; scope != null; scope = scope.around) {
      Object value = scope.here.get(name);
      if (value != null) {
        return value;
      }
    }
    return new Undefined("\"" + name + "\"");
  }
}
