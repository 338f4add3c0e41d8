package dev.microtome.server.redis;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.StoredResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A job as the fields of its hash in Redis.
final class JobFields {
  private final Map<String, String> fields = new HashMap<>();

  private JobFields(List<?> flat) {
    for (int i = 0; i + 1 < flat.size(); i += 2) {
      fields.put(text(flat.get(i)), text(flat.get(i + 1)));
    }
  }

  static String text(@Nullable Object value) {
    return value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : value + "";
  }

  /// The job a script gave, or null when it gave none.
  static @Nullable Job job(@Nullable Object flat) {
    return flat instanceof List<?> list && !list.isEmpty() ? new JobFields(list).job() : null;
  }

  /// The same fields for the end of a job.
  static List<Object> of(Failure failure) {
    var flat = new ArrayList<Object>();
    put(flat, "code", failure.code().name());
    put(flat, "kind", failure.kind());
    put(flat, "message", failure.message());
    put(flat, "trace", failure.trace());
    put(flat, "node", failure.node());
    put(flat, "path", failure.path());
    return flat;
  }

  static List<Object> of(StoredResult result) {
    return List.of("sha256", result.sha256(), "bytes", result.bytes());
  }

  private static void put(List<Object> flat, String name, @Nullable Object value) {
    if (value != null) {
      flat.add(name);
      flat.add(value);
    }
  }

  private Job job() {
    return new Job(
        new JobId(require("id")),
        require("owner"),
        require("model"),
        fields.get("adapter"),
        (int) number("priority"),
        Duration.ofMillis(number("time")),
        JobState.valueOf(require("state")),
        (int) number("position"),
        (int) number("attempts"),
        Instant.ofEpochMilli(number("received")),
        maybe("started"),
        maybe("ended"),
        failure(),
        fields.containsKey("sha256") ? new StoredResult(require("sha256"), number("bytes")) : null);
  }

  private @Nullable Failure failure() {
    return fields.containsKey("code")
        ? new Failure(
            ErrorCode.valueOf(require("code")),
            fields.get("kind"),
            require("message"),
            (int) number("trace"),
            (int) number("node"),
            fields.get("path"))
        : null;
  }

  private String require(String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalStateException("a job in Redis has no " + name);
    }
    return value;
  }

  private long number(String name) {
    String value = fields.get(name);
    return value == null ? 0 : Long.parseLong(value);
  }

  private @Nullable Instant maybe(String name) {
    return fields.containsKey(name) ? Instant.ofEpochMilli(number(name)) : null;
  }
}
