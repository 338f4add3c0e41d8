package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The methods of a mapping that only read.
final class MappingMethods {
  private static final Set<String> NAMES = Set.of("get", "items", "keys", "values", "copy");

  private MappingMethods() {}

  static boolean has(String name) {
    return NAMES.contains(name);
  }

  static Object call(Map<?, ?> map, Arguments arguments) {
    if (arguments.what().equals("get")) {
      Arguments.Bound bound = arguments.bind("key", "default");
      Object found = map.get(Values.key(bound.get("key")));
      return found == null ? bound.get("default", None.NONE) : found;
    }
    arguments.bind();
    return switch (arguments.what()) {
      case "keys" -> new ArrayList<Object>(map.keySet());
      case "values" -> new ArrayList<Object>(map.values());
      case "copy" -> map;
      default -> items(map);
    };
  }

  static List<Object> items(Map<?, ?> map) {
    var items = new ArrayList<Object>();
    map.forEach((key, value) -> items.add(new Tuple(List.of(key, value))));
    return items;
  }
}
