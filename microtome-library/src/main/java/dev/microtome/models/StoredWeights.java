package dev.microtome.models;

import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.StoredTensors;
import dev.microtome.tensor.kernel.Vectors;
import dev.microtome.tensor.pickle.WeightsFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The weights of a folder, compared with a network's parameters name by name and shape by shape
/// before one number is read. Only headers have been touched until [#loadInto].
final class StoredWeights {
  private static final int SHOWN = 6;

  private final Path folder;
  private final StoredTensors files;
  private final Map<String, String> storedByPath;
  private final Map<String, DType> views;

  private StoredWeights(
      Path folder,
      StoredTensors files,
      Map<String, String> storedByPath,
      Map<String, DType> views) {
    this.folder = folder;
    this.files = files;
    this.storedByPath = storedByPath;
    this.views = views;
  }

  /// Opens and compares.
  ///
  /// @throws ModelFormatException when the files do not hold exactly what `network` needs
  static StoredWeights open(Path folder, Layer<?, ?> network, ModelConfig config) {
    StoredTensors files = WeightsFolder.open(folder);
    QuantizedLayers.Stored quantized = QuantizedLayers.place(folder, files, network, config);
    var names = namesByPath(folder, files, config, quantized.settings());
    var checkpoint = new StoredWeights(folder, files, names, quantized.views());
    checkpoint.compare(network, config);
    return checkpoint;
  }

  private static Map<String, String> namesByPath(
      Path folder, StoredTensors files, ModelConfig config, Set<String> settings) {
    var paths = new LinkedHashMap<String, String>();
    for (String stored : files.names()) {
      String path = settings.contains(stored) ? null : config.parameter(stored);
      String other = path == null ? null : paths.put(path, stored);
      if (other != null) {
        throw new ModelFormatException(
            folder,
            "the weights hold both '%s' and '%s', which are the same parameter"
                .formatted(other, stored),
            "remove one of them");
      }
    }
    if (config.tiedHead() && paths.containsKey(config.embedding())) {
      paths.remove("lm_head.weight"); // the embedding wins
    }
    return paths;
  }

  private void compare(Layer<?, ?> network, ModelConfig config) {
    Map<String, Tensor> wanted = network.namedParameters();
    var missing = new ArrayList<String>();
    var wrong = new ArrayList<String>();
    wanted.forEach((path, parameter) -> {
      String stored = storedName(path, config);
      if (stored == null) {
        missing.add(path);
        return;
      }
      var dtype = files.dtype(stored);
      if (!files.shape(stored).equals(parameter.shape())) {
        wrong.add(
            "%s is %s in the weights, %s by config.json"
                .formatted(path, files.shape(stored), parameter.shape()));
      } else if (dtype == null || !dtype.isFloatingPoint()) {
        wrong.add("%s holds %s, not floating-point numbers".formatted(path, dtype));
      }
    });
    var unexpected = new TreeSet<>(storedByPath.keySet());
    unexpected.removeAll(network.stateDict().keySet());
    if (!missing.isEmpty() || !wrong.isEmpty() || !unexpected.isEmpty()) {
      throw misfit(missing, List.copyOf(unexpected), wrong);
    }
  }

  private @Nullable String storedName(String path, ModelConfig config) {
    String stored = storedByPath.get(path);
    boolean headInstead = stored == null && config.tiedHead() && path.equals(config.embedding());
    return headInstead ? storedByPath.get("lm_head.weight") : stored;
  }

  private ModelFormatException misfit(
      List<String> missing, List<String> unexpected, List<String> wrong) {
    var parts = new ArrayList<String>();
    describe("missing", missing, parts);
    describe("not part of this network", unexpected, parts);
    describe("of another shape or type", wrong, parts);
    return new ModelFormatException(
        folder,
        "the weights do not fit config.json: " + String.join("; ", parts),
        "take config.json and the weights from the same model");
  }

  private static void describe(String what, List<String> names, List<String> parts) {
    if (!names.isEmpty()) {
      String more = names.size() > SHOWN ? ", … (%d in all)".formatted(names.size()) : "";
      parts.add(
          what + ": " + String.join(", ", names.subList(0, Math.min(SHOWN, names.size()))) + more);
    }
  }

  /// Gives `network` its numbers, in the dtype its parameters have. Layers of few bits are laid out
  /// for their kernels where those are quick.
  void loadInto(Layer<?, ?> network) {
    var state = new LinkedHashMap<String, Tensor>();
    storedByPath.forEach((path, stored) -> state.put(path, tensor(stored)));
    network.load(state);
    LinearPlaces.of(network).forEach(this::check);
    if (Vectors.areUsable()) {
      KernelLinear.applyTo(network, Precision.FULL);
    }
  }

  private void check(String path, Slot<Tensor, Tensor> slot) {
    if (slot.get() instanceof LowBitLinear low) {
      try {
        low.packed().checkNumbers();
      } catch (IllegalArgumentException broken) {
        throw new ModelFormatException(
            folder,
            "holds a quantized layer that can't be used: %s: %s"
                .formatted(path, broken.getMessage()),
            "quantize it anew");
      }
    }
  }

  private Tensor tensor(String stored) {
    DType view = views.get(stored);
    Tensor tensor = files.tensor(stored);
    return view == null ? tensor : tensor.contiguous().view(view);
  }
}
