package dev.microtome.models.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a user keeps in `microtome/config.json` below `XDG_CONFIG_HOME` or `~/.config`: addresses
/// and secrets.
public final class UserConfig {
  private UserConfig() {}

  /// An empty object when there is no such file.
  ///
  /// @throws IllegalArgumentException when it is no JSON; the message holds nothing of it
  public static JsonNode read(Map<String, String> environment, Path home) {
    String config = environment.get("XDG_CONFIG_HOME");
    Path base = config == null || config.isEmpty() ? home.resolve(".config") : Path.of(config);
    Path file = base.resolve("microtome").resolve("config.json");
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
}
