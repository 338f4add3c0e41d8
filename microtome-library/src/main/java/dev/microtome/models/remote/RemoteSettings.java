package dev.microtome.models.remote;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Which server to use and the key that opens it, from the environment (`MICROTOME_SERVER`,
/// `MICROTOME_API_KEY`) or else from `microtome/config.json` below `XDG_CONFIG_HOME` or
/// `~/.config`: `{"server": "http://127.0.0.1:8080", "key": "mt_…"}`.
record RemoteSettings(@Nullable URI server, @Nullable String key) {
  static RemoteSettings standard() {
    return read(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  static RemoteSettings read(Map<String, String> environment, Path home) {
    JsonNode file = UserConfig.read(environment, home);
    String server = first(environment.get("MICROTOME_SERVER"), file.path("server"));
    return new RemoteSettings(
        server == null ? null : URI.create(server),
        first(environment.get("MICROTOME_API_KEY"), file.path("key")));
  }

  private static @Nullable String first(@Nullable String given, JsonNode otherwise) {
    if (given != null && !given.isBlank()) {
      return given.strip();
    }
    return otherwise.isString() ? otherwise.stringValue() : null;
  }

  @Override
  public String toString() {
    return "RemoteSettings[server=%s, key=%s]".formatted(server, key == null ? "none" : "set");
  }
}
