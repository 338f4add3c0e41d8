package dev.microtome.server.redis;

import dev.microtome.models.remote.UserConfig;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What opens a Redis: from the environment (`MICROTOME_QUEUE_USER`, `MICROTOME_QUEUE_PASSWORD`) or
/// else from `microtome/config.json` below `XDG_CONFIG_HOME` or `~/.config`: `{"queue_user": "…",
/// "queue_password": "…"}`.
public record QueueSecret(@Nullable String user, @Nullable String password) {
  public static QueueSecret standard() {
    return read(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  static QueueSecret read(Map<String, String> environment, Path home) {
    JsonNode file = UserConfig.read(environment, home);
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

  @Override
  public String toString() {
    return "QueueSecret[user=%s, password=%s]".formatted(user, password == null ? "none" : "set");
  }
}
