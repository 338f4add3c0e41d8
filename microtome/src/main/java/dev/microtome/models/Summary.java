package dev.microtome.models;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A network layer by layer: what each puts out and how much it holds. Computed from shapes, so
/// weights need not be loaded.
///
/// @param rows the layers, parents first
/// @param parameters numbers in all parameters, tied ones once
/// @param trainable how many of them want a gradient
/// @param bytes of all parameters and buffers as they are computed with
public record Summary(List<Row> rows, long parameters, long trainable, long bytes) {
  /// One layer.
  ///
  /// @param path empty for the network itself
  /// @param type the class name that PyTorch prints
  /// @param depth how many layers it lies in
  /// @param output shape of its (first) output, or null when it was not reached
  /// @param parameters numbers it holds itself, its children's not counted
  /// @param bits per number; 0 when it holds none
  /// @param bytes of what it holds itself
  /// @param tied whether it uses another layer's parameter, counted there
  public record Row(
      String path,
      String type,
      int depth,
      @Nullable Shape output,
      long parameters,
      int bits,
      long bytes,
      boolean tied) {}

  public Summary {
    rows = List.copyOf(rows);
  }

  /// Sums up a language model as it runs over `tokens` tokens.
  public static Summary of(LanguageModel<?> lm, int tokens) {
    return of(lm.network(), lm.input(new long[tokens]));
  }

  /// Sums up `network` as it runs on inputs of `example`'s shapes.
  public static <I> Summary of(Layer<I, ?> network, I example) {
    IdentityHashMap<Layer<?, ?>, Shape> outputs = outputs(network, example);
    Map<String, Tensor> own = new LinkedHashMap<>(network.namedParameters());
    long parameters = network.parameterCount();
    long trainable = network.trainable().values().stream().mapToLong(Tensor::numel).sum();
    own.putAll(network.namedBuffers());
    var rows = new ArrayList<Row>();
    network
        .namedLayers()
        .forEach((path, layer) -> rows.add(row(path, layer, outputs.get(layer), own)));
    return new Summary(
        rows, parameters, trainable, own.values().stream().mapToLong(Summary::bytes).sum());
  }

  private static <I> IdentityHashMap<Layer<?, ?>, Shape> outputs(Layer<I, ?> network, I example) {
    var outputs = new IdentityHashMap<Layer<?, ?>, Shape>();
    var hooks = new ArrayList<Hook>();
    try {
      for (Layer<?, ?> layer : network.namedLayers().values()) {
        hooks.add(
            layer.onOutput((at, value) -> {
              List<Tensor> tensors = Values.tensors(value);
              if (!tensors.isEmpty()) {
                outputs.putIfAbsent(at, tensors.getFirst().shape());
              }
              return value;
            }));
      }
      Grad.off(() -> {
        network.apply(Values.map(example, ShapeOnly::of));
      });
      return outputs;
    } finally {
      hooks.forEach(Hook::remove);
    }
  }

  private static Row row(
      String path, Layer<?, ?> layer, @Nullable Shape output, Map<String, Tensor> own) {
    long numbers = 0;
    long bytes = 0;
    boolean tied = false;
    for (String name : layer.stateDict().keySet()) {
      if (name.indexOf('.') < 0) {
        Tensor held = own.get(path.isEmpty() ? name : path + "." + name);
        tied |= held == null;
        numbers += held == null ? 0 : held.numel();
        bytes += held == null ? 0 : bytes(held);
      }
    }
    int bits = numbers == 0 ? 0 : (int) (8 * bytes / numbers);
    String printed = layer.toString();
    String type = printed.substring(0, printed.indexOf('('));
    int depth = path.isEmpty() ? 0 : 1 + (int) path.chars().filter(c -> c == '.').count();
    return new Row(path, type, depth, output, numbers, bits, bytes, tied);
  }

  private static long bytes(Tensor tensor) {
    return tensor.numel() * tensor.dtype().bytes();
  }
}
