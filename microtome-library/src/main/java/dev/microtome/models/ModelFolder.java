package dev.microtome.models;

import dev.microtome.models.hub.Hub;
import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Reads and writes a model's folder as Hugging Face lays it out: `config.json`, weights,
/// `tokenizer.json` and `generation_config.json`, the last two optional.
final class ModelFolder {
  private static final String CONFIG = "config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String GENERATION = "generation_config.json";
  private static final String HEAD = "lm_head.weight";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ModelFolder() {}

  static LanguageModel<?> open(String folderOrRepo) {
    return open(
        ShippedModel.is(folderOrRepo)
            ? ShippedModel.folder()
            : Hub.standard().folder(folderOrRepo));
  }

  static LanguageModel<?> open(Path folder) {
    if (AdapterFolder.is(folder)) {
      return AdapterFolder.open(folder);
    }
    ConfigFile json = ConfigFile.read(config(folder));
    ModelConfig config = ModelConfig.read(json);
    CausalNetwork network = Device.META.run(config::network);
    network.eval();
    StoredWeights weights = StoredWeights.open(folder, network, config);
    return new LanguageModel<>(
        network, tokenizer(folder), generation(folder, json), folder.toString(), weights);
  }

  /// Opens a folder without looking at weights.
  static LanguageModel<?> skeleton(Path folder) {
    ConfigFile json = ConfigFile.read(config(folder));
    CausalNetwork network = Device.META.run(ModelConfig.read(json)::network);
    network.eval();
    return new LanguageModel<>(
        network, tokenizer(folder), generation(folder, json), folder.toString(), null);
  }

  /// Opens a folder that must hold the architecture `wanted`.
  static <N extends CausalNetwork> LanguageModel<N> open(Path folder, Class<N> wanted) {
    LanguageModel<?> model = open(folder);
    if (!wanted.isInstance(model.network())) {
      throw new ModelFormatException(
          folder.resolve(CONFIG),
          "describes a %s, not a %s"
              .formatted(model.network().getClass().getSimpleName(), wanted.getSimpleName()),
          "open it with LanguageModel.load");
    }
    @SuppressWarnings("unchecked") // looked at above
    var typed = (LanguageModel<N>) model;
    return typed;
  }

  private static Path config(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new ModelFormatException(
          folder, "is not a folder", "give one with config.json and model.safetensors");
    }
    Path config = folder.resolve(CONFIG);
    if (!Files.isRegularFile(config)) {
      throw new ModelFormatException(
          folder,
          "has no " + CONFIG + " (it holds " + contents(folder) + ")",
          "give a model's folder: config.json, model.safetensors, tokenizer.json");
    }
    return config;
  }

  private static String contents(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names =
          files.map(file -> file.getFileName().toString()).sorted().limit(9).toList();
      return names.isEmpty() ? "nothing" : String.join(", ", names);
    } catch (IOException e) {
      return "what can't be listed: " + e;
    }
  }

  private static @Nullable Tokenizer tokenizer(Path folder) {
    Path file = folder.resolve(TOKENIZER);
    return Files.exists(file) ? Tokenizer.read(file) : null;
  }

  private static GenerationOptions generation(Path folder, ConfigFile config) {
    Path file = folder.resolve(GENERATION);
    return GenerationOptions.read(Files.exists(file) ? ConfigFile.read(file) : config);
  }

  /// Writes configuration and weights, the weights in `dtype`.
  static void write(Path folder, CausalNetwork network, GenerationOptions generation, DType dtype) {
    ModelConfig config = configOf(network);
    Map<String, Tensor> state = QuantizedLayers.state(network, dtype);
    Map<String, @Nullable Object> json = config.json();
    json.put("torch_dtype", dtype.label());
    Map<String, @Nullable Object> quantization = QuantizedLayers.config(network);
    if (quantization != null) {
      json.put(QuantizedLayers.CONFIG, quantization);
    }
    if (config.tiedHead()) {
      if (network.namedParameters().containsKey(HEAD)) { // an adapter brought a head of its own
        json.put("tie_word_embeddings", false);
      } else {
        state.remove(HEAD);
      }
    }
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(CONFIG), JSON.writeValueAsString(json) + "\n");
      Files.writeString(
          folder.resolve(GENERATION), JSON.writeValueAsString(generation.json()) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("can't write into " + folder, e);
    }
    Safetensors.write(folder.resolve("model.safetensors"), state, Map.of("format", "pt"));
  }

  /// Copies what belongs to the tokenizer from one folder, if it is one, to another.
  static void copyTokenizer(Path from, Path to) {
    for (String name : List.of(TOKENIZER, "tokenizer_config.json", "special_tokens_map.json")) {
      Path source = from.resolve(name);
      try {
        if (Files.isRegularFile(source) && !Files.exists(to.resolve(name))) {
          Files.copy(source, to.resolve(name));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("can't copy " + source, e);
      }
    }
  }

  private static ModelConfig configOf(CausalNetwork network) {
    return switch (network) {
      case Gpt2 gpt2 -> gpt2.config();
      case Llama llama -> llama.config();
      default ->
          throw new IllegalArgumentException(
              "a %s has no config.json; only a Gpt2 or a Llama is written as a folder"
                  .formatted(network.getClass().getSimpleName()));
    };
  }
}
