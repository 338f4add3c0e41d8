package dev.microtome.bench.golden;

import dev.microtome.tensor.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The arguments of a recorded Python call: by position, then by keyword.
record BrevitasArguments(JsonNode call, List<String> names) {
  /// The argument of this name; a missing node when it was not given.
  JsonNode get(String name) {
    int position = names.indexOf(name);
    JsonNode args = call.path("args");
    return position >= 0 && position < args.size()
        ? args.get(position)
        : call.path("kwargs").path(name);
  }

  boolean has(String name) {
    return !get(name).isMissingNode();
  }

  long whole(String name, long otherwise) {
    return has(name) ? get(name).asLong() : otherwise;
  }

  boolean flag(String name, boolean otherwise) {
    return has(name) ? get(name).asBoolean() : otherwise;
  }

  @Nullable Double real(String name) {
    JsonNode node = get(name);
    return node.isNumber() ? node.doubleValue() : null;
  }

  String text(String name, String otherwise) {
    return get(name).asString(otherwise);
  }

  /// A number for all dimensions, or one for each.
  Shape shape(String name, long otherwise) {
    JsonNode node = get(name);
    return node.isArray() ? new Shape(BrevitasJson.longs(node)) : new Shape(whole(name, otherwise));
  }
}
