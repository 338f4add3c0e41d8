package dev.microtome.models;

import dev.microtome.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a `config.json` says about a network: its sizes, and how its weights are named and stored.
public sealed interface ModelConfig permits Gpt2Config, LlamaConfig {
  /// Token ids.
  int vocabulary();

  /// Most tokens of one sequence.
  int context();

  /// Numbers per token in the residual stream.
  int width();

  /// Number of blocks.
  int layers();

  /// Attention heads per block.
  int heads();

  /// Whether the head's weight is the token embedding.
  boolean tiedHead();

  /// The dtype of the stored weights.
  DType dtype();

  /// A network of this form with fresh weights.
  CausalNetwork network();

  /// The keys and values of a `config.json` that reads as this.
  Map<String, @Nullable Object> json();

  /// The path of the token embedding's weight.
  String embedding();

  /// The parameter a stored tensor belongs to, by its path; null for what files carry although it
  /// is no parameter.
  @Nullable String parameter(String stored);

  /// Reads a `config.json` of any supported architecture.
  ///
  /// @throws ModelFormatException when it is not sound, or another architecture's
  static ModelConfig read(Path file) {
    return read(ConfigFile.read(file));
  }

  static ModelConfig read(ConfigFile json) {
    String type = json.text("model_type");
    if (type == null) {
      throw json.wrong("model_type", "not given", "one of " + supported());
    }
    if (type.equals("gpt2")) {
      return Gpt2Config.read(json);
    }
    for (LlamaConfig.Family family : LlamaConfig.Family.values()) {
      if (family.type().equals(type)) {
        return LlamaConfig.read(json, family);
      }
    }
    throw new ModelFormatException(
        json.file(),
        "\"model_type\" is \"%s\", an unknown architecture".formatted(type),
        "supported: " + supported());
  }

  private static String supported() {
    var names = new java.util.ArrayList<>(List.of("gpt2"));
    for (LlamaConfig.Family family : LlamaConfig.Family.values()) {
      names.add(family.type());
    }
    return String.join(", ", names);
  }
}
