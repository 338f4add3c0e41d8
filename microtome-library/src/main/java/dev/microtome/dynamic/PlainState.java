package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A network with quantized layers as plain tensors in a safetensors file: opening it needs no
/// trust, in any language.
///
/// A quantized matrix `NAME` is the whole numbers `NAME` (I8, or U8; two 4-bit numbers a byte, each
/// row beginning with a byte), `NAME.scale` and `NAME.zero_point`, one number or one a row: `value
/// = scale · (number - zero_point)`. The rest is float. Metadata says what is quantized:
/// `quantized.PATH` = `linear`, `lstm`, `gru` or `embedding`.
public final class PlainState {
  private static final String MARK = "quantized.";

  private PlainState() {}

  /// Writes a network. Cells that are called step by step have no plain form yet.
  ///
  /// @throws IllegalArgumentException for a layer without a plain form
  public static void write(Path file, Layer<?, ?> network) {
    var tensors = new LinkedHashMap<String, Tensor>();
    var metadata = new LinkedHashMap<String, String>();
    metadata.put("format", "pt");
    network
        .namedLayers()
        .forEach((path, layer) -> {
          String kind = kind(path, layer);
          if (kind == null) return;
          metadata.put(MARK + path, kind);
          put(path, layer, tensors);
        });
    network.stateDict().forEach((name, tensor) -> tensors.put(name, tensor.contiguous()));
    Safetensors.write(file, tensors, metadata);
  }

  private static @Nullable String kind(String path, Layer<?, ?> layer) {
    return switch (layer) {
      case DynamicLinear linear ->
          linear.quantizedWeight().dtype() == DType.QINT8 ? "linear" : half(path);
      case DynamicLstm lstm -> lstm.packed.isHalf() ? half(path) : "lstm";
      case DynamicGru gru -> gru.packed.isHalf() ? half(path) : "gru";
      case QuantizedEmbedding _ -> "embedding";
      case DynamicLayer<?, ?, ?> _ ->
          throw new IllegalArgumentException(
              "layer '%s' has no plain form; write the PyTorch form".formatted(path));
      default -> null;
    };
  }

  private static String half(String path) {
    throw new IllegalArgumentException(
        "layer '%s' has half-precision weights, which have no plain form; write the PyTorch form"
            .formatted(path));
  }

  private static void put(String path, Layer<?, ?> layer, Map<String, Tensor> tensors) {
    switch (layer) {
      case DynamicLinear linear -> {
        matrix(path + ".weight", linear.quantizedWeight(), tensors);
        Tensor bias = linear.bias();
        if (bias != null) tensors.put(path + ".bias", bias);
      }
      case DynamicLstm lstm -> stack(path, lstm.packed, tensors);
      case DynamicGru gru -> stack(path, gru.packed, tensors);
      case QuantizedEmbedding table -> matrix(path + ".weight", table.quantizedWeight(), tensors);
      default -> throw new IllegalStateException("no plain form: " + path);
    }
  }

  private static void stack(String path, PackedStack stack, Map<String, Tensor> tensors) {
    for (int i = 0; i < stack.cells().size(); i++) {
      PackedCell cell = stack.cells().get(i);
      part(path + "." + i + ".ih", cell.input(), tensors);
      part(path + "." + i + ".hh", cell.hidden(), tensors);
    }
  }

  private static void part(String name, PackedLinear matrix, Map<String, Tensor> tensors) {
    matrix(name, matrix.weight(), tensors);
    Tensor bias = matrix.bias();
    if (bias != null) tensors.put(name + ".bias", bias);
  }

  private static void matrix(String name, Tensor quantized, Map<String, Tensor> tensors) {
    tensors.put(name, numbers(quantized));
    tensors.put(name + ".scale", WeightGrid.scales(quantized));
    tensors.put(
        name + ".zero_point",
        WeightGrid.isWhole(quantized)
            ? Tensor.zeros(new Shape(1), DType.INT64)
            : Ops.tensor("aten::q_per_channel_zero_points", quantized));
  }

  private static Tensor numbers(Tensor quantized) {
    if (quantized.dtype() != DType.QUINT4X2) return Ops.tensor("aten::int_repr", quantized);
    var bytes = ((DenseTensor) quantized).storage();
    return DenseTensor.view(
            bytes, DType.UINT8, new Shape(quantized.size(0), (quantized.size(1) + 1) / 2))
        .copy();
  }

  /// `network` with what a file holds: the layers that were quantized there are quantized in the
  /// copy returned. The network only has to have the right shape.
  ///
  /// @throws dev.microtome.tensor.file.SafetensorsException when the file is not sound
  /// @throws IllegalArgumentException when it does not fit the network
  public static <L extends Layer<?, ?>> L load(Path file, L network) {
    try (var opened = Safetensors.open(file)) {
      var state = new LinkedHashMap<Object, Object>();
      var kinds = new LinkedHashMap<String, String>();
      opened
          .metadata()
          .forEach((key, kind) -> {
            if (key.startsWith(MARK)) kinds.put(key.substring(MARK.length()), kind);
          });
      var reader = new PlainReader(opened, network);
      kinds.forEach((path, kind) -> reader.read(path, kind, state));
      for (String name : opened.names()) {
        if (!reader.used().contains(name)) state.put(name, opened.tensor(name));
      }
      return QuantizedCheckpoint.load(state, Map.of(), network);
    }
  }
}
