package dev.microtome.lowbit;

import dev.microtome.nn.Checkpoint;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A checkpoint of HQQ in safetensors: quantized layers by path, and the tensors that are not part
/// of one.
///
/// @param layers by path, such as `model.layers.0.self_attn.q_proj`
/// @param others every other tensor by name
public record HqqCheckpoint(Map<String, HqqLayer> layers, Map<String, Tensor> others) {
  private static final String CODES = ".W_q";

  public HqqCheckpoint {
    layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    others = Collections.unmodifiableMap(new LinkedHashMap<>(others));
  }

  /// Reads a file, or the shards in a folder. Codes stay in the mapped file until they are used.
  ///
  /// @throws IllegalArgumentException when a layer is not what HQQ writes
  public static HqqCheckpoint read(Path fileOrFolder) {
    return of(Checkpoint.read(fileOrFolder));
  }

  /// Finds the quantized layers among tensors by name.
  public static HqqCheckpoint of(Map<String, ? extends Tensor> tensors) {
    var entries = new LinkedHashMap<String, Map<String, Tensor>>();
    for (String name : tensors.keySet()) {
      if (name.endsWith(CODES)) {
        entries.put(name.substring(0, name.length() - CODES.length()), new LinkedHashMap<>());
      }
    }
    var others = new LinkedHashMap<String, Tensor>();
    tensors.forEach((name, tensor) -> {
      int dot = name.lastIndexOf('.');
      Map<String, Tensor> layer = dot < 0 ? null : entries.get(name.substring(0, dot));
      if (layer == null) {
        others.put(name, tensor);
      } else {
        layer.put(name.substring(dot + 1), tensor);
      }
    });
    var layers = new LinkedHashMap<String, HqqLayer>();
    entries.forEach((path, layer) -> layers.put(path, HqqLayer.read(path, layer)));
    return new HqqCheckpoint(layers, others);
  }

  /// All tensors by name, as HQQ writes them.
  public Map<String, Tensor> tensors() {
    var all = new LinkedHashMap<String, Tensor>();
    layers.forEach((path, layer) ->
        layer.entries().forEach((name, tensor) -> all.put(path + "." + name, tensor)));
    all.putAll(others);
    return all;
  }

  /// Writes a file.
  public void write(Path file) {
    Checkpoint.write(file, tensors());
  }
}
