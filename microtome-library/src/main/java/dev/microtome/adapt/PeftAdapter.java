package dev.microtome.adapt;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.NearNames;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// An adapter in PEFT's folder: `adapter_config.json` and `adapter_model.safetensors`.
///
/// ```java
/// PeftAdapter.read(folder).applyTo(network, "french");
/// PeftAdapter.of(Adapters.of(network), "french", "openai-community/gpt2").write(folder);
/// ```
///
/// @param config what `adapter_config.json` says
/// @param parts matrices and magnitudes by the path of their layer
public record PeftAdapter(PeftConfig config, Map<String, LowRank> parts) {
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";
  private static final String MAGNITUDE = ".lora_magnitude_vector";

  public PeftAdapter {
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /// The adapter `name` of a network.
  ///
  /// @param baseModel the name under which others find the base model, or null
  public static PeftAdapter of(Adapters adapters, String name, @Nullable String baseModel) {
    Map<String, LowRank> parts = adapters.parts(name);
    boolean transposed =
        adapters.layers().values().stream().anyMatch(layer -> layer.base() instanceof Conv1D);
    return new PeftAdapter(PeftConfig.of(parts, transposed, baseModel), parts);
  }

  /// Reads a folder.
  ///
  /// @throws PeftFormatException when a file is missing or broken, or tensors do not fit the
  ///   configuration or each other
  public static PeftAdapter read(Path folder) {
    Path file = folder.resolve(WEIGHTS);
    for (Path needed : List.of(folder.resolve(CONFIG), file)) {
      if (!Files.isRegularFile(needed)) {
        throw new PeftFormatException(needed, "is not there; a PEFT adapter has it");
      }
    }
    PeftConfig config = PeftJson.read(folder.resolve(CONFIG));
    try (var weights = Safetensors.open(file)) {
      var parts = new LinkedHashMap<String, LowRank>();
      for (String path : paths(file, weights)) {
        parts.put(path, part(file, weights, config, path));
      }
      if (parts.isEmpty()) {
        throw new PeftFormatException(file, "holds no adapter");
      }
      return new PeftAdapter(config, parts);
    }
  }

  private static Iterable<String> paths(Path file, Safetensors weights) {
    var paths = new TreeSet<String>();
    for (String name : weights.names()) {
      String suffix =
          List.of(A, B, MAGNITUDE).stream()
              .filter(name::endsWith)
              .findFirst()
              .orElseThrow(() ->
                  new PeftFormatException(
                      file,
                      "holds '%s', which is no part of a linear layer's LoRA".formatted(name)));
      if (!name.startsWith(PREFIX)) {
        throw new PeftFormatException(
            file, "holds '%s'; names begin with '%s'".formatted(name, PREFIX));
      }
      paths.add(name.substring(PREFIX.length(), name.length() - suffix.length()));
    }
    return paths;
  }

  private static LowRank part(Path file, Safetensors weights, PeftConfig config, String path) {
    Tensor a = matrix(file, weights, PREFIX + path + A);
    Tensor b = matrix(file, weights, PREFIX + path + B);
    Lora settings = settings(file, config, path);
    if (a.size(0) != settings.rank() || b.size(1) != settings.rank()) {
      throw new PeftFormatException(
          file,
          "holds %s%s and %s of rank %d by the configuration"
              .formatted(PREFIX + path, A + a.shape(), B + b.shape(), settings.rank()));
    }
    boolean has = weights.contains(PREFIX + path + MAGNITUDE);
    if (has != settings.dora()) {
      throw new PeftFormatException(
          file,
          "%s '%s%s', but use_dora is %s"
              .formatted(has ? "holds" : "has no", PREFIX + path, MAGNITUDE, settings.dora()));
    }
    Tensor magnitude = has ? numbers(file, weights, PREFIX + path + MAGNITUDE) : null;
    if (magnitude != null && magnitude.numel() != b.size(0)) {
      throw new PeftFormatException(
          file,
          "holds '%s%s' %s for %d outputs"
              .formatted(PREFIX + path, MAGNITUDE, magnitude.shape(), b.size(0)));
    }
    return LowRank.of(settings, a, b, magnitude == null ? null : magnitude.reshape(-1));
  }

  private static Lora settings(Path file, PeftConfig config, String path) {
    try {
      return config.settings(path);
    } catch (IllegalArgumentException e) {
      throw new PeftFormatException(
          file.resolveSibling(CONFIG), "has a pattern problem: " + e.getMessage());
    }
  }

  private static Tensor matrix(Path file, Safetensors weights, String name) {
    Tensor found = numbers(file, weights, name);
    if (found.dim() != 2 || found.numel() == 0) {
      throw new PeftFormatException(
          file, "holds '%s' %s, which is no matrix".formatted(name, found.shape()));
    }
    return found;
  }

  private static Tensor numbers(Path file, Safetensors weights, String name) {
    if (!weights.contains(name)) {
      throw new PeftFormatException(file, "has no '%s'".formatted(name));
    }
    Tensor found = weights.tensor(name);
    if (!found.dtype().isFloatingPoint()) {
      throw new PeftFormatException(
          file, "holds '%s' as %s, not floating-point".formatted(name, found.dtype()));
    }
    return found.to(DType.FLOAT32);
  }

  /// Puts this adapter into a network and uses it; afterwards its matrices belong to the network.
  ///
  /// @throws IllegalArgumentException when the network is not the one it was made for: a layer is
  ///   missing, has another shape, or is a target without tensors; then nothing was changed
  public Adapters applyTo(Layer<?, ?> network, String name) {
    var paths = LinearPlaces.of(network).keySet();
    for (String path : parts.keySet()) {
      if (!paths.contains(path)) {
        throw new IllegalArgumentException(
            "the adapter has tensors for '%s', but the network has no such linear layer%s; was it made for another model%s?"
                .formatted(path, NearNames.hint(path, paths), made()));
      }
    }
    var without = new ArrayList<>(paths.stream().filter(config.rule()).toList());
    without.removeAll(parts.keySet());
    if (!without.isEmpty()) {
      throw new IllegalArgumentException(
          "the adapter has no tensors for %s, which its target_modules take; was it made for another model%s?"
              .formatted(without, made()));
    }
    return Adapters.of(network).add(name, parts);
  }

  private String made() {
    return config.baseModel() == null ? "" : " (" + config.baseModel() + ")";
  }

  /// Writes the folder, so that PEFT loads it.
  public void write(Path folder) {
    var tensors = new LinkedHashMap<String, Tensor>();
    parts.forEach((path, part) -> {
      tensors.put(PREFIX + path + A, part.matrixA().detach());
      tensors.put(PREFIX + path + B, part.matrixB().detach());
      if (part.settings().dora()) {
        tensors.put(PREFIX + path + MAGNITUDE, part.magnitude().detach());
      }
    });
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("can't make " + folder, e);
    }
    Safetensors.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
    PeftJson.write(folder.resolve(CONFIG), config);
  }
}
