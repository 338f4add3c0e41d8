package dev.microtome.server.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What opens a Redis: from the environment (`MICROTOME_QUEUE_USER`, `MICROTOME_QUEUE_PASSWORD`) or
/// else from `microtome/config.json` below `XDG_CONFIG_HOME` or `~/.config`: `{"queue_user": "…",
/// "queue_password": "…"}`.
public record QueueSecret(@Nullable String user, @Nullable String password) {
  public static QueueSecret standard() {
    return read(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  static QueueSecret read(Map<String, String> environment, Path home) {
    String config = environment.get("XDG_CONFIG_HOME");
    Path base = config == null || config.isEmpty() ? home.resolve(".config") : Path.of(config);
    JsonNode file = file(base.resolve("microtome").resolve("config.json"));
    return new QueueSecret(
        first(environment.get("MICROTOME_QUEUE_USER"), file.path("queue_user")),
        first(environment.get("MICROTOME_QUEUE_PASSWORD"), file.path("queue_password")));
  }

  private static @Nullable String first(@Nullable String given, JsonNode otherwise) {
    if (given != null && !given.isEmpty()) {
      return given;
    }
    return otherwise.isString() ? otherwise.stringValue() : null;
  }

  private static JsonNode file(Path file) {
    var mapper = new JsonMapper();
    if (!Files.isRegularFile(file)) {
      return mapper.createObjectNode();
    }
    try {
      return mapper.readTree(Files.readAllBytes(file));
    } catch (IOException | JacksonException broken) {
      // What the file holds is secret: not a word of it in the message.
      throw new IllegalArgumentException(file + " can't be read as JSON; write it again", null);
    }
  }

  @Override
  public String toString() {
    return "QueueSecret[user=%s, password=%s]".formatted(user, password == null ? "none" : "set");
  }
}
