package dev.microtome.models.tokenizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Tokenizer files for tests: the recorded ones and changed copies of them.
final class Fixtures {
  static final JsonMapper JSON = new JsonMapper();

  private Fixtures() {}

  static Path file(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Fixtures.class.getResource("/tokenizers/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonNode json(String name) {
    return JSON.readTree(bytes(name));
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path written(Path dir, byte[] content) {
    try {
      return Files.write(dir.resolve("tokenizer.json"), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A recorded tokenizer after a change to its JSON.
  static Path changed(Path dir, String name, Consumer<ObjectNode> change) {
    var root = (ObjectNode) json(name + "/tokenizer.json");
    change.accept(root);
    return written(dir, JSON.writeValueAsBytes(root));
  }

  static JsonNode parse(String json) {
    return JSON.readTree(json.replace('\'', '"'));
  }
}
