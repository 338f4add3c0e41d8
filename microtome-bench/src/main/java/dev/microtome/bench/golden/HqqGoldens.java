package dev.microtome.bench.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays goldens of low-bit weights and adapters: JSON files whose `format` begins with
/// `qdora-goldens`. What a case is, its fields say, not the name of its file. Each number or tensor
/// is one case of the report.
final class HqqGoldens {
  private static final JsonMapper JSON = new JsonMapper();

  private HqqGoldens() {}

  static GoldenReport replay(Path dir) {
    try (Stream<Path> all = Files.walk(dir)) {
      return new GoldenReport(
          all.filter(file -> file.getFileName().toString().endsWith(".json"))
              .sorted()
              .flatMap(file -> file(dir, file))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
  }

  private static Stream<FileResult> file(Path dir, Path file) {
    String name = dir.relativize(file).toString();
    var found = new Comparison("");
    try {
      JsonNode root = JSON.readTree(Golden.textOf(file));
      if (!root.path("format").asString("").startsWith("qdora-goldens")) {
        return Stream.empty(); // an adapter's or a model's own configuration
      }
      for (JsonNode one : root.path("cases")) {
        String what = one.path("name").asString("a case without a name");
        found.attempt(what, () -> check(file, one, what + ": ", found));
      }
      if (root.path("cases").isEmpty()) {
        found.equal(name, "cases", "none");
      }
    } catch (JacksonException broken) {
      found.equal(name, "sound JSON", broken.getOriginalMessage());
    }
    return Stream.of(found.result(name));
  }

  private static void check(Path file, JsonNode one, String what, Comparison found) {
    if (one.has("expect_f64")) {
      AdapterGoldens.check(one, what, found);
    } else if (one.has("layers")) {
      PeftGoldens.check(file, one, what, found);
    } else if (NotebookGoldens.knows(one)) {
      NotebookGoldens.check(one, what, found);
    } else if (one.has("absmax")) {
      PackingGoldens.nf4(one, what, found);
    } else if (one.has("encoded_state_dict")) {
      HqqLinearGoldens.check(file, one, what, found);
    } else if (one.has("zero_q")) {
      QuantizeGoldens.codedValues(one, what, found);
    } else if (one.has("nbits")) {
      QuantizeGoldens.check(one, what, found);
    } else if (one.has("packing")) {
      PackingGoldens.check(one, what, found);
    } else {
      found.equal(what + "fields", "known ones", List.copyOf(one.propertyNames()));
    }
  }
}
