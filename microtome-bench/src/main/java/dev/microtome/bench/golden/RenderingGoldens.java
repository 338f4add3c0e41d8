package dev.microtome.bench.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays what surrounds generation: `chat-templates.json` and `logits-processors.json`.
final class RenderingGoldens {
  private static final String CHAT = "chat-templates.json";
  private static final String LOGITS = "logits-processors.json";

  private RenderingGoldens() {}

  static GoldenReport replay(Path dir) {
    try (Stream<Path> all = Files.walk(dir)) {
      return new GoldenReport(
          all.filter(path -> List.of(CHAT, LOGITS).contains(path.getFileName().toString()))
              .sorted()
              .map(path -> file(dir, path))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
  }

  private static FileResult file(Path dir, Path file) {
    var found = new Comparison("abs 2e-6 + rel 1e-6");
    JsonNode golden = new JsonMapper().readTree(Golden.textOf(file));
    if (file.endsWith(CHAT)) {
      ChatGoldens.check(golden, found);
    } else {
      LogitsGoldens.check(golden, found);
    }
    return found.result(dir.relativize(file).toString());
  }
}
