package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.tensor.pickle.TorchFile;
import dev.microtome.tensor.pickle.WeightsFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// State dicts from safetensors and PyTorch files, and to them.
///
/// ```java
/// Checkpoint.write(Path.of("net.safetensors"), net.stateDict());
/// net.load(Checkpoint.read(Path.of("net.safetensors")));
/// ```
public final class Checkpoint {
  private Checkpoint() {}

  /// The tensors of a file (`.pth`, `.pt`, `.bin`, `.p`: PyTorch's; else safetensors), or of the
  /// shards of a folder, by name. They are views of the mapped file, so only what is used is read.
  public static Map<String, Tensor> read(Path fileOrFolder) {
    if (Files.isDirectory(fileOrFolder)) {
      try (var folder = WeightsFolder.open(fileOrFolder)) {
        return folder.tensors();
      }
    }
    if (isTorch(fileOrFolder)) return TorchFile.open(fileOrFolder).tensors();
    try (var file = Safetensors.open(fileOrFolder)) {
      return file.tensors();
    }
  }

  /// Writes tensors by name.
  public static void write(Path file, Map<String, ? extends Tensor> state) {
    var tensors = new LinkedHashMap<String, Tensor>();
    state.forEach((name, tensor) -> tensors.put(name, tensor.contiguous()));
    Safetensors.write(file, tensors, Map.of("format", "pt"));
  }

  /// Writes a network's state; tied tensors under their first name only, which is all [Layer#load]
  /// needs.
  public static void write(Path file, Layer<?, ?> network) {
    write(file, State.dictOnce(network));
  }

  private static boolean isTorch(Path file) {
    return String.valueOf(file.getFileName()).matches(".*\\.(pth|pt|bin|p)");
  }

  /// Writes a network's state as `torch.save(net.state_dict(), file)` does, the versions of its
  /// modules included.
  public static void writeTorch(Path file, Layer<?, ?> network) {
    var state = new LinkedHashMap<String, Tensor>();
    network.stateDict().forEach((name, tensor) -> state.put(name, tensor.detach()));
    TorchFile.writeStateDict(file, state, versions(network));
  }

  /// The version of each layer's state by path, PyTorch's `_metadata`.
  public static Map<String, Long> versions(Layer<?, ?> network) {
    var versions = new LinkedHashMap<String, Long>();
    network
        .namedLayers()
        .forEach((path, layer) -> versions.put(path, layer instanceof BatchNorm2d ? 2L : 1L));
    return versions;
  }

  /// Bytes the numbers of a network's state take; tied ones count once.
  public static long sizeOf(Layer<?, ?> network) {
    return State.bytes(network);
  }
}
