package dev.microtome.bench.golden;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.ModelConfig;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.tensor.pickle.WeightsFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays goldens of language models: folders in Hugging Face's layout with an `expected.json`
/// (ids, generated texts, losses, tolerance) and an `expected.safetensors` (logits, hidden states,
/// attention patterns, gradients, caches, interventions). Each number or tensor is one case.
final class ModelsGoldens {
  private static final String EXPECTED = "expected.json";
  private static final List<String> SUPPORTED = List.of("gpt2", "llama", "qwen2", "mistral");
  private static final JsonMapper JSON = new JsonMapper();

  private ModelsGoldens() {}

  static GoldenReport replay(Path dir) {
    try (Stream<Path> all = Files.walk(dir)) {
      return new GoldenReport(
          all.filter(path -> path.getFileName().toString().equals(EXPECTED))
              .filter(path -> Files.isRegularFile(path.resolveSibling("config.json")))
              .sorted()
              .flatMap(path -> folder(dir, path.resolveSibling("")).stream())
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
  }

  private static List<FileResult> folder(Path dir, Path folder) {
    String name = dir.relativize(folder.resolve(EXPECTED)).toString();
    var found = new Comparison("");
    try {
      if (type(folder).equals("lstm_lm")) {
        return List.of(LstmGoldens.folder(name, folder));
      }
      String why = notYet(folder);
      if (why != null) {
        return List.of(new FileResult(name, 0, 0, List.of(), why));
      }
      return replay(name, folder);
    } catch (RuntimeException e) {
      found.attempt(
          "the folder",
          () -> {
            throw e;
          });
      return List.of(found.result(name));
    }
  }

  private static String type(Path folder) {
    return JSON.readTree(Golden.textOf(folder.resolve("config.json")))
        .path("model_type")
        .asString("none");
  }

  /// Why a folder can't be replayed by what there is, or null.
  private static @Nullable String notYet(Path folder) {
    String type = type(folder);
    if (!SUPPORTED.contains(type)) {
      return "model type " + type;
    }
    if (!Files.isRegularFile(folder.resolve("expected.safetensors"))) {
      return "goldens without expected.safetensors";
    }
    try (var weights = WeightsFolder.open(folder)) {
      return weights.names().isEmpty() ? "no weights" : null;
    }
  }

  private static List<FileResult> replay(String name, Path folder) {
    JsonNode expected = JSON.readTree(Golden.textOf(folder.resolve(EXPECTED)));
    var found = new Comparison(expected.path("suggested_tolerance").asString(""));
    try (var tensors = Safetensors.open(folder.resolve("expected.safetensors"))) {
      var one = new ModelCase(folder, expected, tensors, found, new HashSet<>());
      found.attempt("module tree", () -> structure(one));
      if (tensors.contains("input_ids")) {
        found.attempt("forward", () -> Grad.off(() -> new ForwardGoldens(one).check()));
      }
      found.attempt("text", () -> TextGoldens.check(one));
      found.attempt("the author's tensors", () -> AuthorGoldens.check(one));
      found.attempt("gradients", () -> TrainingGoldens.gradients(one));
      found.attempt("training", () -> TrainingGoldens.curves(one));
      found.attempt("generation", () -> GenerationGoldens.check(one));
      found.attempt("interventions", () -> InterventionGoldens.check(one));
      if (expected.has("lora")) {
        found.attempt("lora", () -> LoraGoldens.check(one));
      }
      unread(one).forEach(left -> found.attempt(left, () -> refuse("was compared with nothing")));
    }
    return List.of(found.result(name));
  }

  /// A golden nobody looks at must not pass for one that agrees.
  private static List<String> unread(ModelCase one) {
    return one.tensors().names().stream().filter(name -> !one.read().contains(name)).toList();
  }

  private static void refuse(String why) {
    throw new IllegalStateException(why);
  }

  private static void structure(ModelCase one) {
    LanguageModel<?> lm = one.open();
    Path tree = one.folder().resolve("module_tree.txt");
    if (Files.exists(tree)) {
      String expected = Golden.textOf(tree).strip();
      boolean folded = expected.contains(" x ");
      String printed = folded ? lm.toString() : Trees.unfolded(lm.toString());
      one.found().equal("module tree", expected, printed);
    }
    Path older = one.folder().resolve("module_tree.torch1.txt");
    if (Files.exists(older)) {
      String expected = Golden.textOf(older).strip();
      one.found().equal("module tree, older", expected, Trees.unfolded(lm.toString()));
    }
    JsonNode parameters = one.expected().path("num_parameters");
    if (parameters.isIntegralNumber()) {
      one.found().equal("parameters", parameters.longValue(), lm.network().parameterCount());
    }
    Path newer = one.folder().resolve("config.v5.json");
    if (Files.exists(newer)) {
      one.found()
          .equal(
              "config.v5.json",
              ModelConfig.read(one.folder().resolve("config.json")),
              ModelConfig.read(newer));
    }
  }
}
