package dev.microtome.adapt;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.NearNames;
import dev.microtome.nn.StandIns;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
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
/// @param whole parameters it brings as they are, biases and saved modules, by their path in the
///   network without adapters
public record PeftAdapter(
    PeftConfig config, Map<String, LowRank> parts, Map<String, Tensor> whole) {
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";
  private static final String MAGNITUDE = ".lora_magnitude_vector";

  /// With `bias: all` PEFT writes biases of saved modules under these names again, and reads none.
  private static final List<String> SHADOWS = List.of(".original_module.", ".modules_to_save.");

  private static final List<String> SUFFIXES = List.of(A, B, MAGNITUDE);

  public PeftAdapter {
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
    whole = Collections.unmodifiableMap(new LinkedHashMap<>(whole));
  }

  /// The adapter `name` of a network.
  ///
  /// @param baseModel the name under which others find the base model, or null
  public static PeftAdapter of(Adapters adapters, String name, @Nullable String baseModel) {
    Map<String, LowRank> parts = adapters.parts(name);
    boolean transposed =
        adapters.layers().values().stream().anyMatch(layer -> layer.base() instanceof Conv1D);
    return new PeftAdapter(
        PeftConfig.of(parts, transposed, baseModel), parts, adapters.whole(name));
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
      var paths = new TreeSet<String>();
      var whole = new LinkedHashMap<String, Tensor>();
      for (String name : weights.names()) {
        String plain = plain(file, name);
        String suffix = SUFFIXES.stream().filter(name::endsWith).findFirst().orElse(null);
        if (suffix != null) {
          paths.add(plain.substring(0, plain.length() - suffix.length()));
        } else if (isWhole(config, plain)) {
          whole.put(Whole.plain(plain), numbers(file, weights, name).copy());
        } else if (SHADOWS.stream().noneMatch(plain::contains)) {
          throw new PeftFormatException(
              file,
              "holds '%s', which is no part of a linear layer's LoRA, no bias and in none of modules_to_save by the configuration"
                  .formatted(name));
        }
      }
      var parts = new LinkedHashMap<String, LowRank>();
      for (String path : paths) {
        parts.put(path, part(file, weights, config, path));
      }
      if (parts.isEmpty()) {
        throw new PeftFormatException(file, "holds no adapter");
      }
      return new PeftAdapter(config, parts, whole);
    }
  }

  private static String plain(Path file, String name) {
    if (!name.startsWith(PREFIX)) {
      throw new PeftFormatException(
          file, "holds '%s'; names begin with '%s'".formatted(name, PREFIX));
    }
    return name.substring(PREFIX.length());
  }

  private static boolean isWhole(PeftConfig config, String path) {
    Whole whole = config.settings().whole();
    boolean isBias = path.equals("bias") || path.endsWith(".bias");
    return SHADOWS.stream().noneMatch(path::contains)
        && ((isBias && whole.bias() != Whole.Bias.NONE) || isSaved(whole, path));
  }

  /// Whether a parameter lies in a module whose path ends with one of the names.
  private static boolean isSaved(Whole whole, String parameter) {
    for (int dot = parameter.lastIndexOf('.'); dot > 0; dot = parameter.lastIndexOf('.', dot - 1)) {
      if (whole.modules().stream().anyMatch(parameter.substring(0, dot)::endsWith)) {
        return true;
      }
    }
    return false;
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
    return Adapters.of(network).add(name, parts, placed(network));
  }

  /// What it brings as it is, by the paths of the network's parameters, in their dtypes.
  private Map<String, Tensor> placed(Layer<?, ?> network) {
    var there = new LinkedHashMap<String, String>();
    Map<String, Tensor> parameters = StandIns.of(network).parameters();
    parameters.keySet().forEach(path -> there.put(Whole.plain(path), path));
    var missing =
        config.settings().whole().withBias(Whole.Bias.NONE).paths(network, parts.keySet()).stream()
            .map(Whole::plain)
            .filter(path -> !whole.containsKey(path))
            .toList();
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "the adapter has no tensors for %s, which its modules_to_save take; was it made for another model%s?"
              .formatted(missing, made()));
    }
    var placed = new LinkedHashMap<String, Tensor>();
    whole.forEach((plain, tensor) -> {
      String path = there.get(plain);
      Tensor own = path == null ? null : parameters.get(path);
      if (path == null || own == null || !own.shape().equals(tensor.shape())) {
        throw new IllegalArgumentException(
            "the adapter brings '%s' %s, but the network %s; was it made for another model%s?"
                .formatted(
                    plain,
                    tensor.shape(),
                    own == null
                        ? "has no such parameter" + NearNames.hint(plain, there.keySet())
                        : "has it as " + own.shape(),
                    made()));
      }
      placed.put(path, Grad.off(() -> tensor.to(own.dtype()).copy()));
    });
    return placed;
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
    whole.forEach((plain, tensor) ->
        tensors.put(PREFIX + Whole.stored(plain, parts.keySet()), tensor.detach()));
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("can't make " + folder, e);
    }
    Safetensors.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
    PeftJson.write(folder.resolve(CONFIG), config);
  }
}
