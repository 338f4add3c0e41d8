package dev.microtome.adapt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Reads and writes `adapter_config.json`. What changes the computation and is not supported is
/// refused; keys nobody knows are ignored, with a warning.
final class PeftJson {
  private static final Logger LOG = LoggerFactory.getLogger(PeftJson.class);
  private static final long MOST_BYTES = 4 << 20;
  private static final int LARGEST_RANK = 1 << 16;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxDocumentLength(MOST_BYTES)
                          .maxNumberLength(100)
                          .build())
                  .build())
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /// Keys that say nothing about the computation, or that say it when they are not empty.
  private static final Set<String> READ =
      Set.of(
          "peft_type",
          "r",
          "lora_alpha",
          "lora_dropout",
          "use_dora",
          "use_rslora",
          "target_modules",
          "exclude_modules",
          "rank_pattern",
          "alpha_pattern",
          "fan_in_fan_out",
          "base_model_name_or_path",
          "task_type",
          "init_lora_weights",
          "auto_mapping",
          "inference_mode",
          "revision",
          "peft_version",
          "bias",
          "lora_bias",
          "modules_to_save",
          "layers_to_transform",
          "layers_pattern",
          "layer_replication",
          "megatron_config",
          "megatron_core",
          "loftq_config",
          "corda_config",
          "eva_config",
          "trainable_token_indices",
          "qalora_group_size",
          "use_qalora",
          "target_parameters",
          "arrow_config",
          "ensure_weight_tying",
          "use_bdlora",
          "kasa_config",
          "velora_config",
          "monteclora_config",
          "lora_ga_config",
          "alora_invocation_tokens",
          "runtime_config");

  /// Keys that change the computation in ways that are not known here.
  private static final List<String> REFUSED =
      List.of(
          "lora_bias",
          "layer_replication",
          "megatron_config",
          "trainable_token_indices",
          "use_qalora",
          "target_parameters",
          "arrow_config",
          "use_bdlora",
          "kasa_config",
          "velora_config",
          "monteclora_config",
          "alora_invocation_tokens",
          "ensure_weight_tying");

  /// Ways to begin that change the base model, too, so that the adapter fits another base.
  private static final List<String> CHANGES_BASE =
      List.of("pissa", "olora", "corda", "loftq", "lora_ga");

  private final Path file;
  private final JsonNode root;

  private PeftJson(Path file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  static PeftConfig read(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new PeftFormatException(file, "is larger than %d bytes".formatted(MOST_BYTES));
      }
      JsonNode root = JSON.readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw new PeftFormatException(file, "is not a JSON object");
      }
      return new PeftJson(file, root).config();
    } catch (IOException e) {
      throw new PeftFormatException(file, "can't be read (" + e + ")");
    } catch (JacksonException e) {
      throw new PeftFormatException(file, "is not sound JSON (" + e.getOriginalMessage() + ")");
    }
  }

  static void write(Path file, PeftConfig config) {
    try {
      Files.writeString(file, JSON.writeValueAsString(config.json()) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("can't write " + file, e);
    }
  }

  private PeftConfig config() {
    refuseUnsupported();
    try {
      return new PeftConfig(
          settings(),
          targets(),
          pattern("rank_pattern", this::rank),
          pattern("alpha_pattern", value -> number("alpha_pattern", value)),
          root.path("fan_in_fan_out").asBoolean(false),
          word("base_model_name_or_path"),
          word("task_type"));
    } catch (IllegalArgumentException e) {
      throw new PeftFormatException(file, String.valueOf(e.getMessage()));
    }
  }

  private Lora settings() {
    return new Lora(
        rank(root.path("r").isMissingNode() ? JSON.valueToTree(8) : root.path("r")),
        root.hasNonNull("lora_alpha") ? number("lora_alpha", root.path("lora_alpha")) : 8,
        root.hasNonNull("lora_dropout") ? number("lora_dropout", root.path("lora_dropout")) : 0,
        root.path("use_rslora").asBoolean(false),
        root.path("use_dora").asBoolean(false),
        root.path("init_lora_weights").asString("").equals("gaussian")
            ? Lora.Init.GAUSSIAN
            : Lora.Init.KAIMING,
        new Whole(bias(), words("modules_to_save")));
  }

  private Whole.Bias bias() {
    String bias = root.hasNonNull("bias") ? root.path("bias").asString("") : "none";
    return switch (bias) {
      case "none" -> Whole.Bias.NONE;
      case "all" -> Whole.Bias.ALL;
      case "lora_only" -> Whole.Bias.LORA_ONLY;
      default ->
          throw new PeftFormatException(
              file, "'bias' is %s; it is none, all or lora_only".formatted(root.path("bias")));
    };
  }

  private PeftTargets targets() {
    return new PeftTargets(
        root.path("target_modules").isArray() ? words("target_modules") : List.of(),
        word("target_modules"),
        root.path("exclude_modules").isArray() ? words("exclude_modules") : List.of(),
        word("exclude_modules"),
        numbers("layers_to_transform"),
        root.path("layers_pattern").isString()
            ? List.of(root.path("layers_pattern").asString())
            : words("layers_pattern"));
  }

  private @Nullable List<Integer> numbers(String key) {
    JsonNode value = root.path(key);
    if (value.isNull() || value.isMissingNode()) {
      return null;
    }
    var numbers = new ArrayList<Integer>();
    for (JsonNode number : value.isArray() ? value : List.of(value)) {
      if (!number.isInt() || number.intValue() < 0) {
        throw new PeftFormatException(
            file, "'%s' must hold numbers of blocks, got %s".formatted(key, number));
      }
      numbers.add(number.intValue());
    }
    return numbers;
  }

  private int rank(JsonNode value) {
    double rank = number("r", value);
    if (rank != Math.rint(rank) || rank < 1 || rank > LARGEST_RANK) {
      throw new PeftFormatException(
          file,
          "a rank must be a whole number from 1 to %d, got %s".formatted(LARGEST_RANK, value));
    }
    return (int) rank;
  }

  private double number(String key, JsonNode value) {
    if (!value.isNumber()) {
      throw new PeftFormatException(file, "'%s' must be a number, got %s".formatted(key, value));
    }
    return value.doubleValue();
  }

  private @Nullable String word(String key) {
    return root.path(key).isString() ? root.path(key).asString() : null;
  }

  private List<String> words(String key) {
    var words = new ArrayList<String>();
    for (JsonNode word : root.path(key)) {
      if (!word.isString()) {
        throw new PeftFormatException(file, "'%s' must hold names, got %s".formatted(key, word));
      }
      words.add(word.asString());
    }
    return words;
  }

  private <T> Map<String, T> pattern(String key, Function<JsonNode, T> value) {
    var found = new LinkedHashMap<String, T>();
    root.path(key)
        .properties()
        .forEach(entry -> found.put(entry.getKey(), value.apply(entry.getValue())));
    return found;
  }

  private void refuseUnsupported() {
    String type = root.path("peft_type").asString("none");
    if (!type.equals("LORA")) {
      throw new PeftFormatException(
          file, "'peft_type' is %s; LORA (with LoRA, rsLoRA and DoRA) is read".formatted(type));
    }
    String init = root.path("init_lora_weights").asString("").toLowerCase(Locale.ROOT);
    if (CHANGES_BASE.stream().anyMatch(init::startsWith)) {
      throw new PeftFormatException(
          file,
          "'init_lora_weights' is %s, which changed the base model, too; let PEFT convert it to a plain LoRA: save_pretrained with path_initial_model_for_weight_conversion"
              .formatted(init));
    }
    for (String key : REFUSED) {
      JsonNode value = root.path(key);
      if (value.isNull() || value.isMissingNode() || (value.isBoolean() && !value.asBoolean())) {
        continue;
      }
      if (!value.isContainer() || !value.isEmpty()) {
        throw new PeftFormatException(
            file,
            "'%s' is %s, which is not supported; let PEFT merge the adapter (merge_and_unload) and open the merged model"
                .formatted(key, value));
      }
    }
    var unknown = new TreeSet<>(root.propertyNames());
    unknown.removeAll(READ);
    if (!unknown.isEmpty()) {
      LOG.warn("{} has keys that are not known and were ignored: {}", file, unknown);
    }
  }
}
