package dev.microtome.bench.golden;

import dev.microtome.tensor.Grad;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays goldens of dynamic quantization: folders with checkpoints (`.pth`) and recorded weights,
/// activations, layers and whole models (`.json`), each by the name of its file.
final class DynquantGoldens {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Map<String, BiConsumer<JsonNode, Comparison>> RECORDINGS =
      new TreeMap<>(
          Map.of(
              "api.json", ApiGoldens::check,
              "recurrent_float_backward.json", RecurrentBackwardGoldens::check,
              "weight_qparams.json", DynamicGoldens::weights,
              "activation_qparams.json", DynamicGoldens::activations,
              "linear_dynamic.json", DynamicGoldens::linears,
              "recurrent_dynamic.json", DynamicGoldens::recurrent,
              "embedding_weight_only.json", DynamicGoldens::embeddings,
              "observers.json", ObserverGoldens::check));

  private DynquantGoldens() {}

  static GoldenReport replay(Path dir) {
    var results = new ArrayList<FileResult>();
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path folder : all.filter(Files::isDirectory).sorted().toList()) {
        results.addAll(CheckpointGoldens.replay(dir, folder));
        results.addAll(recordings(dir, folder));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
    return new GoldenReport(List.copyOf(results));
  }

  private static List<FileResult> recordings(Path dir, Path folder) {
    var results = new ArrayList<FileResult>();
    RECORDINGS.forEach((name, check) -> {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        var found = new Comparison("abs 2e-6 + rel 0");
        JsonNode golden = JSON.readTree(Golden.textOf(file));
        found.attempt(name, () -> Grad.off(() -> check.accept(golden, found)));
        results.add(found.result(dir.relativize(file).toString()));
      }
    });
    Path model = folder.resolve("lstm_model.json");
    if (Files.exists(model)) {
      var found = new Comparison("abs 2e-6 + rel 2e-6");
      JsonNode golden = JSON.readTree(Golden.textOf(model));
      found.attempt("model", () -> Grad.off(() -> LstmGoldens.walkthrough(folder, golden, found)));
      results.add(found.result(dir.relativize(model).toString()));
    }
    return results;
  }
}
