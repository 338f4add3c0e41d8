package dev.microtome.dynamic;

import dev.microtome.nn.Checkpoint;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.TorchFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The state of a network with quantized layers in PyTorch's form, byte for byte what
/// `torch.save(model.state_dict(), file)` gives there.
public final class QuantizedCheckpoint {
  private QuantizedCheckpoint() {}

  /// Writes a state dict. A quantized LSTM or GRU in it is an object of libtorch's, so Python opens
  /// the file with `weights_only=False`; [PlainState] is a form that needs no trust.
  public static void writeTorch(Path file, Layer<?, ?> network) {
    TorchFile.writeStateDict(file, state(network), versions(network));
  }

  /// `network` with what a file of PyTorch's holds: layers that were quantized there are quantized
  /// in the copy returned, for the engine that is fastest here; all others get their float numbers.
  /// The network only has to have the right shape, nothing needs to be quantized before.
  ///
  /// @throws dev.microtome.tensor.pickle.TorchFileException when the file is not sound
  /// @throws IllegalArgumentException when it does not fit the network
  public static <L extends Layer<?, ?>> L loadTorch(Path file, L network) {
    try (var opened = TorchFile.open(file)) {
      if (!(opened.value() instanceof Map<?, ?> state)) {
        throw new IllegalArgumentException(file + " holds no state dict");
      }
      return load(state, opened.versions(), network);
    }
  }

  /// The same from a state dict in PyTorch's forms.
  static <L extends Layer<?, ?>> L load(Map<?, ?> state, Map<String, Long> versions, L network) {
    var stored = new StoredQuantized(state, versions, new EngineChoice(null));
    var instead = new LinkedHashMap<String, Layer<?, ?>>();
    network
        .namedSlots()
        .forEach((path, slot) -> {
          Layer<?, ?> quantized = stored.layer(path, slot.get());
          if (quantized != null) instead.put(path, quantized);
        });
    @SuppressWarnings("unchecked") // a copy has the class of its original
    L copy = (L) network.copyWith(instead);
    instead.values().removeIf(layer -> !(layer instanceof DynamicLayer<?, ?, ?>));
    copy.load(tensors(state, instead.keySet()));
    copy.eval();
    return copy;
  }

  /// What is not packed.
  private static Map<String, Tensor> tensors(Map<?, ?> state, Set<String> packed) {
    var tensors = new LinkedHashMap<String, Tensor>();
    state.forEach((key, value) -> {
      String name = String.valueOf(key);
      boolean inside = packed.stream().anyMatch(path -> name.startsWith(path + "."));
      if (!inside && value instanceof Tensor tensor) tensors.put(name, tensor);
      else if (!inside) {
        throw new IllegalArgumentException(
            "'%s' of the checkpoint is no tensor and belongs to no layer of the network"
                .formatted(name));
      }
    });
    return tensors;
  }

  /// The state by path: tensors, and of quantized layers what PyTorch saves.
  static Map<String, Object> state(Layer<?, ?> network) {
    var state = new LinkedHashMap<String, Object>();
    Map<String, Tensor> tensors = network.stateDict();
    network
        .namedLayers()
        .forEach((path, layer) -> {
          String prefix = path.isEmpty() ? "" : path + ".";
          if (layer instanceof DynamicLayer<?, ?, ?> dynamic) {
            dynamic.packed.pickledState().forEach((key, value) -> state.put(prefix + key, value));
          }
          tensors.forEach((key, tensor) -> {
            boolean own = key.startsWith(prefix) && key.indexOf('.', prefix.length()) < 0;
            if (own) state.put(key, tensor);
          });
        });
    return state;
  }

  private static Map<String, Long> versions(Layer<?, ?> network) {
    var versions = new LinkedHashMap<String, Long>();
    Map<String, Long> plain = Checkpoint.versions(network);
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (layer instanceof DynamicLayer<?, ?, ?> dynamic) {
            dynamic
                .packed
                .versions()
                .forEach((part, version) -> versions.put(join(path, part), version));
          } else {
            versions.put(path, plain.getOrDefault(path, 1L));
          }
        });
    return versions;
  }

  private static String join(String path, String part) {
    return path.isEmpty() || part.isEmpty() ? path + part : path + "." + part;
  }
}
