package dev.microtome.server.protocol;

import dev.microtome.server.job.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import tools.jackson.databind.JsonNode;

/// What the cost of a job depends on: everything but which tokens its prompts are, its seed and
/// when it is run.
///
/// @param digest equal for jobs that cost the same
/// @param highest the highest token id, which a model may not have; -1 when there is none
public record Likeness(String digest, long highest) {
  private static final String PROMPTS = "prompts";

  static Likeness of(JsonNode root, byte[] tensors) {
    MessageDigest sha = Sha256.begin();
    add(sha, root.path("model").toString());
    add(sha, root.path("adapter").toString());
    long highest = -1;
    for (JsonNode trace : root.path("traces")) {
      add(sha, "trace");
      for (var field : trace.properties()) {
        boolean isPrompts = field.getKey().equals(PROMPTS);
        add(sha, field.getKey());
        add(sha, isPrompts ? lengths(field.getValue()) : field.getValue().toString());
      }
      highest = Math.max(highest, highest(trace.path(PROMPTS)));
    }
    sha.update(tensors);
    return new Likeness(Sha256.end(sha), highest);
  }

  private static String lengths(JsonNode prompts) {
    var text = new StringBuilder();
    for (JsonNode prompt : prompts) {
      text.append(prompt.isArray() ? "#" + prompt.size() : prompt.toString()).append('\n');
    }
    return text.toString();
  }

  private static long highest(JsonNode prompts) {
    long highest = -1;
    for (JsonNode prompt : prompts) {
      if (prompt.isArray()) {
        highest =
            Math.max(highest, prompt.valueStream().mapToLong(JsonNode::asLong).max().orElse(-1));
      }
    }
    return highest;
  }

  private static void add(MessageDigest sha, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    sha.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
    sha.update(bytes);
  }
}
