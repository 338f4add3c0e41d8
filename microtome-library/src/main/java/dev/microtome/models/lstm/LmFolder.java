package dev.microtome.models.lstm;

import dev.microtome.dynamic.PlainState;
import dev.microtome.dynamic.QuantizedCheckpoint;
import dev.microtome.models.text.CorpusException;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.file.FileDraft;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// A word model on disk: `config.json`, `vocab.txt` (a word a line, by number) and the weights,
/// `model.safetensors`, plain tensors, or `model.pth`, as PyTorch would save it.
///
/// @param path the folder
public record LmFolder(Path path) {
  private static final String CONFIG = "config.json";
  private static final String WORDS = "vocab.txt";
  private static final String PLAIN = "model.safetensors";
  private static final String TORCH = "model.pth";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /// Writes configuration and words; made where needed.
  public void begin(LstmConfig config, Dictionary dictionary) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("making " + path, e);
    }
    write(CONFIG, JSON.writeValueAsString(json(config)) + "\n");
    write(WORDS, String.join("\n", dictionary.words()) + "\n");
  }

  /// Writes the weights as plain tensors, quantized layers too.
  public void save(LstmModel model) {
    PlainState.write(path.resolve(PLAIN), model);
    remove(TORCH);
  }

  /// Writes the weights as PyTorch would.
  public void saveTorch(LstmModel model) {
    QuantizedCheckpoint.writeTorch(path.resolve(TORCH), model);
    remove(PLAIN);
  }

  /// A folder holds one file of weights.
  private void remove(String name) {
    try {
      Files.deleteIfExists(path.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("removing " + path.resolve(name), e);
    }
  }

  /// Bytes of the weights' file.
  public long weightBytes() {
    try {
      return Files.size(weights());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The model, quantized layers quantized.
  ///
  /// @throws IllegalArgumentException when files are missing or do not fit each other
  public LstmModel load() {
    LstmConfig config = config();
    int words = dictionary().size();
    if (words != config.tokens()) {
      throw new IllegalArgumentException(
          "%s has %d words, but %s says vocab_size %d; take both from the same model"
              .formatted(path.resolve(WORDS), words, path.resolve(CONFIG), config.tokens()));
    }
    return load(config, weights());
  }

  /// A model of `config` with the weights of a safetensors or PyTorch file.
  ///
  /// @throws IllegalArgumentException when they do not fit, naming both
  public static LstmModel load(LstmConfig config, Path weights) {
    LstmModel model = Device.META.run(() -> new LstmModel(config));
    try {
      if (!weights.toString().endsWith(".safetensors")) {
        return QuantizedCheckpoint.loadTorch(weights, model);
      }
      return PlainState.load(weights, model);
    } catch (IllegalArgumentException misfit) {
      throw new IllegalArgumentException(
          "%s does not fit a model of %s: %s".formatted(weights, config, misfit.getMessage()),
          misfit);
    }
  }

  private Path weights() {
    for (String name : List.of(PLAIN, TORCH)) {
      if (Files.exists(path.resolve(name))) {
        return path.resolve(name);
      }
    }
    throw new IllegalArgumentException(
        "%s has neither %s nor %s; train a model first".formatted(path, PLAIN, TORCH));
  }

  /// The sizes in `config.json`.
  public LstmConfig config() {
    Path file = path.resolve(CONFIG);
    try {
      JsonNode json = JSON.readTree(Files.readString(file));
      if (!json.path("model_type").asString("").equals("lstm_lm")) {
        throw new IllegalArgumentException(file + " describes no LSTM word model (lstm_lm)");
      }
      return new LstmConfig(
          size(file, json, "vocab_size"),
          size(file, json, "embedding_size"),
          size(file, json, "hidden_size"),
          (int) size(file, json, "num_layers"),
          json.path("dropout").asDouble(0.5),
          json.path("tie_word_embeddings").asBoolean(false));
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + " is no sound JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static long size(Path file, JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isIntegralNumber() || value.longValue() < 1 || value.longValue() > 1 << 28) {
      throw new IllegalArgumentException(
          "%s has no sensible %s: %s".formatted(file, key, value.isMissingNode() ? "none" : value));
    }
    return value.longValue();
  }

  private static LinkedHashMap<String, Object> json(LstmConfig config) {
    var json = new LinkedHashMap<String, Object>();
    json.put("model_type", "lstm_lm");
    json.put("vocab_size", config.tokens());
    json.put("embedding_size", config.width());
    json.put("hidden_size", config.hidden());
    json.put("num_layers", config.layers());
    json.put("dropout", config.dropout());
    json.put("tie_word_embeddings", config.tied());
    return json;
  }

  /// The words by number.
  public Dictionary dictionary() {
    Path file = path.resolve(WORDS);
    if (!Files.isRegularFile(file)) {
      throw new CorpusException(file, "is missing", "a model's folder has its words there");
    }
    var dictionary = new Dictionary();
    TextFile.read(file).text().lines().forEach(dictionary::add);
    return dictionary;
  }

  private void write(String name, String text) {
    FileDraft.write(
        path.resolve(name),
        out -> FileDraft.drain(out, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
  }
}
