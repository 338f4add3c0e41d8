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

/// A network with quantized layers as plain tensors in a safetensors file: opening it needs no
/// trust, in any language.
///
/// A quantized matrix `NAME` is the whole numbers `NAME` (I8, or U8), `NAME.scale` and
/// `NAME.zero_point`, one number or one a row: `value = scale · (number - zero_point)`. Numbers of
/// 4 bits lie two a byte, the first in the lower half, each row beginning with a byte; those of
/// linear and recurrent layers are stored with 8 added, and metadata `columns.NAME` says how many a
/// row has. Half-precision weights are F16. The rest is float. Metadata says what is quantized:
/// `quantized.PATH` = `linear`, `recurrent` (`lstm` and `gru` in older files), `cell` or
/// `embedding`.
public final class PlainState {
  private static final String MARK = "quantized.";
  static final String COLUMNS = "columns.";

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private PlainState() {}

  /// Writes a network.
  public static void write(Path file, Layer<?, ?> network) {
    var state = new PlainState();
    state.metadata.put("format", "pt");
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (layer instanceof DynamicLayer<?, ?, ?> quantized) state.put(path, quantized.packed);
        });
    network.stateDict().forEach((name, tensor) -> state.tensors.put(name, tensor.contiguous()));
    Safetensors.write(file, state.tensors, state.metadata);
  }

  private void put(String path, Packed packed) {
    String kind =
        switch (packed) {
          case PackedProduct product -> {
            matrix(path + ".weight", path + ".bias", product.matrix());
            yield "linear";
          }
          case PackedStack stack -> {
            for (int i = 0; i < stack.cells().size(); i++) {
              part(path + "." + i + ".ih", stack.cells().get(i).input());
              part(path + "." + i + ".hh", stack.cells().get(i).hidden());
            }
            yield "recurrent";
          }
          case PackedStep step -> {
            part(path + ".ih", step.input());
            part(path + ".hh", step.hidden());
            yield "cell";
          }
          case QuantizedRows rows -> {
            quantized(path + ".weight", rows.weight());
            yield "embedding";
          }
        };
    metadata.put(MARK + path, kind);
  }

  private void part(String name, PackedLinear matrix) {
    matrix(name, name + ".bias", matrix);
  }

  private void matrix(String name, String biasName, PackedLinear matrix) {
    if (matrix.half()) {
      tensors.put(name, matrix.weight().to(DType.FLOAT16));
    } else {
      quantized(name, matrix.weight());
    }
    Tensor bias = matrix.bias();
    if (bias != null) tensors.put(biasName, bias);
  }

  private void quantized(String name, Tensor matrix) {
    tensors.put(name, numbers(name, matrix));
    tensors.put(name + ".scale", narrowest(WeightGrid.scales(matrix)));
    tensors.put(
        name + ".zero_point",
        matrix.dtype() == DType.QINT8
            ? Tensor.zeros(new Shape(1), DType.INT64)
            : Ops.tensor("aten::q_per_channel_zero_points", matrix));
  }

  /// Scales in float32 where that loses nothing.
  private static Tensor narrowest(Tensor scales) {
    Tensor narrow = scales.to(DType.FLOAT32);
    return narrow.to(DType.FLOAT64).equal(scales.to(DType.FLOAT64)) ? narrow : scales;
  }

  private Tensor numbers(String name, Tensor matrix) {
    if (matrix.dtype() == DType.QUINT4X2) {
      var bytes = ((DenseTensor) matrix).storage();
      var shape = new Shape(matrix.size(0), (matrix.size(1) + 1) / 2);
      return DenseTensor.view(bytes, DType.UINT8, shape).copy();
    }
    Tensor numbers = Ops.tensor("aten::int_repr", matrix);
    if (!WeightGrid.fitsFourBits(numbers)) return numbers;
    metadata.put(COLUMNS + name, String.valueOf(numbers.size(1)));
    return Nibbles.pack(numbers);
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
