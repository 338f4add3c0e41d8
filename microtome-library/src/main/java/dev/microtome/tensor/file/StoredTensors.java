package dev.microtome.tensor.file;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tensors by name in one or several files, whatever their format. What they are is known at once,
/// numbers are read when they are used.
public interface StoredTensors extends AutoCloseable {
  /// The names, in the files' order.
  List<String> names();

  /// The shape of a tensor.
  Shape shape(String name);

  /// The element type of a tensor, null for one that no tensor can hold.
  @Nullable DType dtype(String name);

  /// A tensor over the file's own memory where that is possible.
  Tensor tensor(String name);

  /// Drops the hold on every file; tensors handed out stay valid.
  @Override
  void close();

  /// All tensors by name, in the order of [#names()].
  default Map<String, Tensor> tensors() {
    var all = new LinkedHashMap<String, Tensor>();
    for (var name : names()) all.put(name, tensor(name));
    return all;
  }
}
