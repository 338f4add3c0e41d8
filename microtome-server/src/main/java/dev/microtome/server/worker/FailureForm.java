package dev.microtome.server.worker;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A failure in the head of a [Frame].
final class FailureForm {
  private FailureForm() {}

  static ObjectNode write(Failure failure, ObjectNode head) {
    head.put("code", failure.code().label());
    head.put("told", failure.kind());
    head.put("message", failure.message());
    head.put("trace", failure.trace());
    head.put("node", failure.node());
    head.put("path", failure.path());
    return head;
  }

  static Failure read(JsonNode head) {
    return new Failure(
        ErrorCode.of(head.path("code").asString("")),
        orNull(head.path("told")),
        head.path("message").asString(""),
        head.path("trace").asInt(-1),
        head.path("node").asInt(-1),
        orNull(head.path("path")));
  }

  private static @Nullable String orNull(JsonNode value) {
    return value.isString() ? value.stringValue() : null;
  }
}
