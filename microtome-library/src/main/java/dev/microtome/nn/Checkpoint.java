package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.tensor.file.SafetensorsFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// State dicts to and from safetensors files.
///
/// ```java
/// Checkpoint.write(Path.of("net.safetensors"), net.stateDict());
/// net.load(Checkpoint.read(Path.of("net.safetensors")));
/// ```
public final class Checkpoint {
  private Checkpoint() {}

  /// The tensors of a file, or of the shards of a folder, by name. They are views of the mapped
  /// file, so only what is used is read.
  public static Map<String, Tensor> read(Path fileOrFolder) {
    if (Files.isDirectory(fileOrFolder)) {
      try (var folder = SafetensorsFolder.open(fileOrFolder)) {
        return folder.tensors();
      }
    }
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

  /// Bytes the numbers of a network's state take; tied ones count once.
  public static long sizeOf(Layer<?, ?> network) {
    return State.bytes(network);
  }
}
