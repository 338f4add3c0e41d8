package dev.microtome.server.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A method, a path such as `/v1/jobs/{id}`, who may use it, and what it does.
record Route(String method, String path, Access access, Action action) {
  /// Answers a request, or throws a [dev.microtome.server.job.RefusedException].
  @FunctionalInterface
  interface Action {
    void answer(Exchange exchange) throws Exception;
  }

  /// The values of the path's `{names}`, or null when `segments` are another path.
  @Nullable Map<String, String> match(List<String> segments) {
    List<String> own = segments(path);
    if (own.size() != segments.size()) {
      return null;
    }
    var values = new HashMap<String, String>();
    for (int i = 0; i < own.size(); i++) {
      String part = own.get(i);
      if (part.startsWith("{")) {
        values.put(part.substring(1, part.length() - 1), segments.get(i));
      } else if (!part.equals(segments.get(i))) {
        return null;
      }
    }
    return values;
  }

  static List<String> segments(String path) {
    return List.of(path.substring(1).split("/", -1));
  }
}
