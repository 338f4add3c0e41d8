package dev.microtome.nn;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a network is made of, layer by layer: shapes, parameters, bits, bytes. The shapes come from
/// a run without numbers, so that even a network that does not fit into memory can be summed up.
///
/// ```java
/// Summary.of(net, Tensor.zeros(1, 784)).parameters();
/// ```
///
/// @param rows parents before children; the network itself first, with an empty path
public record Summary(List<Row> rows) {
  /// One layer.
  ///
  /// @param path dotted, from the network
  /// @param depth 0 for the network itself
  /// @param type the name it prints with
  /// @param output shape of its first output tensor; null when the run did not reach it
  /// @param parameters numbers of its own, without its children's and without those counted before
  /// @param trainable how many of them want a gradient
  /// @param bytes of these parameters and of its buffers
  /// @param tied whether some of its parameters are those of an earlier layer
  public record Row(
      String path,
      int depth,
      String type,
      @Nullable Shape output,
      long parameters,
      long trainable,
      long bytes,
      boolean tied) {
    /// Bits a parameter takes; 0 where there is none.
    public double bits() {
      return parameters == 0 ? 0 : 8.0 * bytes / parameters;
    }
  }

  public Summary {
    rows = List.copyOf(rows);
  }

  /// Sums up a network run on an input of this form; only its shapes matter.
  public static <I, O> Summary of(Layer<I, O> network, I input) {
    var outputs = outputs(network, input);
    Set<TensorSlot> counted = new HashSet<>();
    var rows = new ArrayList<Row>();
    LayerPaths.forEach(
        network,
        (path, layer) -> {
          if (layer.place() == null || layer.place().isPrinted()) {
            rows.add(row(path, layer, outputs.get(layer), counted));
          }
        });
    return new Summary(rows);
  }

  private static <I, O> IdentityHashMap<Layer<?, ?>, Shape> outputs(Layer<I, O> network, I input) {
    var outputs = new IdentityHashMap<Layer<?, ?>, Shape>();
    var hooks = new ArrayList<Hook>();
    try {
      for (Layer<?, ?> layer : network.namedLayers().values()) {
        hooks.add(layer.onOutput((at, value) -> note(outputs, at, value)));
      }
      Grad.off(() -> network.apply(Values.map(input, ShapeOnly::of)));
    } finally {
      hooks.forEach(Hook::remove);
    }
    return outputs;
  }

  private static Object note(
      IdentityHashMap<Layer<?, ?>, Shape> outputs, Layer<?, ?> layer, Object value) {
    List<Tensor> tensors = Values.tensors(value);
    if (!tensors.isEmpty()) {
      outputs.put(layer, tensors.getFirst().shape());
    }
    return value;
  }

  private static Row row(
      String path, Layer<?, ?> layer, @Nullable Shape output, Set<TensorSlot> counted) {
    long parameters = 0;
    long trainable = 0;
    long bytes = 0;
    boolean tied = false;
    for (TensorSlot slot : layer.tensors().values()) {
      if (!slot.isPresent()) {
        continue;
      }
      if (!counted.add(slot.root())) {
        tied = true;
        continue;
      }
      Tensor tensor = slot.get();
      bytes += tensor.numel() * tensor.dtype().bytes();
      if (slot.kind() == TensorSlot.Kind.PARAMETER) {
        parameters += tensor.numel();
        trainable += tensor.requiresGrad() ? tensor.numel() : 0;
      }
    }
    int depth = path.isEmpty() ? 0 : path.split("\\.").length;
    return new Row(path, depth, layer.name(), output, parameters, trainable, bytes, tied);
  }

  /// Numbers in all parameters, tied ones once.
  public long parameters() {
    return rows.stream().mapToLong(Row::parameters).sum();
  }

  /// How many of them want a gradient.
  public long trainable() {
    return rows.stream().mapToLong(Row::trainable).sum();
  }

  /// Bytes of all parameters and buffers.
  public long bytes() {
    return rows.stream().mapToLong(Row::bytes).sum();
  }
}
