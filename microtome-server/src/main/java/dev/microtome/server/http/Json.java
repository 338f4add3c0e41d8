package dev.microtome.server.http;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobState;
import dev.microtome.server.work.Progress;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What is sent, as maps in the order they are written.
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  static byte[] bytes(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  static Map<String, Object> job(Job job, Progress.@Nullable Steps progress) {
    var json = new LinkedHashMap<String, Object>();
    json.put("id", job.id().text());
    json.put("state", job.state().name());
    json.put("model", job.model());
    put(json, "adapter", job.adapter());
    json.put("priority", job.priority());
    if (job.state() == JobState.QUEUED) {
      json.put("position", job.position());
    }
    json.put("attempts", job.attempts());
    json.put("received", job.received().toString());
    put(json, "started", job.started());
    put(json, "ended", job.ended());
    if (progress != null && job.state() == JobState.RUNNING) {
      json.put("progress", Map.of("done", progress.done(), "all", progress.all()));
    }
    if (job.failure() != null) {
      json.put("error", error(job.failure()));
    }
    if (job.result() != null) {
      json.put("result", Map.of("bytes", job.result().bytes(), "sha256", job.result().sha256()));
    }
    return json;
  }

  static Map<String, Object> error(Failure failure) {
    var json = new LinkedHashMap<String, Object>();
    json.put("code", failure.code().label());
    put(json, "kind", failure.kind());
    json.put("message", failure.message());
    if (failure.trace() >= 0) {
      json.put("trace", failure.trace());
    }
    if (failure.node() >= 0) {
      json.put("node", failure.node());
    }
    put(json, "path", failure.path());
    return json;
  }

  private static void put(Map<String, Object> json, String name, @Nullable Object value) {
    if (value != null) {
      json.put(name, value instanceof Instant instant ? instant.toString() : value);
    }
  }
}
