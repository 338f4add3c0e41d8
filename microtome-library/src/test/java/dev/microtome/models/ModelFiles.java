package dev.microtome.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Model folders for tests: the recorded ones and changed copies of them.
final class ModelFiles {
  static final JsonMapper JSON = new JsonMapper();

  private ModelFiles() {}

  static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(ModelFiles.class.getResource("/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonNode json(Path file) {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A copy of the small recorded model in `dir`, its configuration after `change`.
  static Path changed(Path dir, Consumer<ObjectNode> change) {
    return changed("gpt2-hubstyle-f32", dir, change);
  }

  static Path changed(String name, Path dir, Consumer<ObjectNode> change) {
    Path from = resource("models/" + name);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, dir.resolve(file.getFileName()));
      }
      var config = (ObjectNode) json(from.resolve("config.json"));
      change.accept(config);
      Files.write(dir.resolve("config.json"), JSON.writeValueAsBytes(config));
      return dir;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
