package dev.microtome.server.protocol;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.RefusedException;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The fields an object may have; what is not known is refused, not ignored.
final class Fields {
  private static final int LONGEST_SHOWN = 40;

  private Fields() {}

  static void refuseUnknown(JsonNode object, Set<String> known, String what) {
    for (String name : object.propertyNames()) {
      if (!known.contains(name)) {
        throw new RefusedException(
            ErrorCode.INVALID_GRAPH, "%s has an unknown field %s".formatted(what, shown(name)));
      }
    }
  }

  /// Text of a stranger, cut and quoted.
  static String shown(String text) {
    return "'"
        + (text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text)
        + "'";
  }
}
