package dev.microtome.dynamic;

import dev.microtome.nn.Embedding;
import dev.microtome.nn.EmbeddingBag;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.tensor.pickle.ScriptValue;
import dev.microtome.tensor.pickle.TupleValue;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Turns plain tensors into what a PyTorch state dict holds.
final class PlainReader {
  private final Safetensors file;
  private final Layer<?, ?> network;
  private final Set<String> used = new HashSet<>();

  PlainReader(Safetensors file, Layer<?, ?> network) {
    this.file = file;
    this.network = network;
  }

  Set<String> used() {
    return used;
  }

  void read(String path, String kind, Map<Object, Object> state) {
    switch (kind) {
      case "linear" -> {
        Tensor bias = file.contains(path + ".bias") ? take(path + ".bias") : null;
        Tensor matrix = matrix(path + ".weight");
        state.put(
            path + "._packed_params.dtype",
            matrix.dtype() == DType.QINT8 ? DType.QINT8 : DType.FLOAT16);
        state.put(path + "._packed_params._packed_params", TupleValue.of(matrix, bias));
      }
      case "embedding" -> {
        Tensor rows = quantized(path + ".weight", width(network.layer(path)));
        state.put(path + "._packed_params._packed_weight", rows);
      }
      case "cell" -> {
        state.put(path + "._packed_weight_ih", part(path + ".ih"));
        state.put(path + "._packed_weight_hh", part(path + ".hh"));
      }
      case "recurrent", "lstm", "gru" -> {
        for (int i = 0; file.contains(path + "." + i + ".ih"); i++) {
          state.put(path + "._all_weight_values." + i + ".param", cell(path + "." + i));
        }
      }
      default ->
          throw new IllegalArgumentException(
              "%s: layer '%s' is quantized as '%s', which is not known"
                  .formatted(file, path, kind));
    }
  }

  private static long width(Layer<?, ?> place) {
    return switch (place) {
      case Embedding table -> table.width();
      case EmbeddingBag bag -> bag.weight().size(1);
      default -> -1;
    };
  }

  private ScriptValue cell(String name) {
    boolean half =
        file.contains(name + ".ih") && file.tensor(name + ".ih").dtype() == DType.FLOAT16;
    List<Object> matrices = List.of(part(name + ".ih"), part(name + ".hh"));
    return new ScriptValue(
        ScriptValue.CELL,
        half
            ? TupleValue.of("quantized_fp16", List.of(), List.of(), List.of(), matrices)
            : TupleValue.of("quantized_dynamic", List.of(), List.of(), List.of(1L), matrices));
  }

  private ScriptValue part(String name) {
    return new ScriptValue(ScriptValue.LINEAR, TupleValue.of(matrix(name), take(name + ".bias")));
  }

  /// Of a linear or recurrent layer: quantized, or half-precision numbers as float32.
  private Tensor matrix(String name) {
    return file.contains(name) && file.tensor(name).dtype() == DType.FLOAT16
        ? take(name).to(DType.FLOAT32)
        : quantized(name, -1);
  }

  private Tensor take(String name) {
    used.add(name);
    return file.tensor(name);
  }

  private Tensor quantized(String name, long width) {
    Tensor numbers = take(name);
    Tensor scale = take(name + ".scale");
    Tensor zero = take(name + ".zero_point");
    boolean rows =
        numbers.dim() == 2
            && scale.dim() == 1
            && (zero.shape().equals(scale.shape()) || zero.numel() == 1);
    if (!rows || (scale.numel() != 1 && scale.numel() != numbers.size(0))) {
      throw new IllegalArgumentException(
          "%s: '%s' has shape %s and scales of shape %s"
              .formatted(file, name, numbers.shape(), scale.shape()));
    }
    boolean offsets = zero.dtype().isFloatingPoint();
    boolean nibbles = offsets && numbers.size(1) == (width + 1) / 2 && numbers.size(1) != width;
    if (nibbles) return nibbles(numbers, scale, zero, width);
    Tensor whole = offsets ? numbers : wholeNumbers(name, numbers);
    if (scale.numel() == 1 && zero.numel() == 1 && !offsets) {
      return Ops.tensor(
          "aten::_make_per_tensor_quantized_tensor", whole, scale.item(), zero.itemLong());
    }
    Tensor zeros = zero.numel() == 1 ? zero.expand(scale.numel()).contiguous() : zero;
    Tensor scales = offsets ? scale : scale.to(DType.FLOAT64);
    return Ops.tensor("aten::_make_per_channel_quantized_tensor", whole, scales, zeros, 0);
  }

  /// Numbers of 8 bits; those of 4 are unpacked.
  private Tensor wholeNumbers(String name, Tensor numbers) {
    if (numbers.dtype() == DType.INT8) return numbers;
    String columns = file.metadata().getOrDefault(PlainState.COLUMNS + name, "");
    boolean sound = columns.matches("[1-9][0-9]{0,8}") && numbers.dtype() == DType.UINT8;
    if (!sound || (Long.parseLong(columns) + 1) / 2 != numbers.size(1)) {
      throw new IllegalArgumentException(
          "%s: '%s' has %s numbers of shape %s, which do not make %s columns of 4 bits"
              .formatted(file, name, numbers.dtype(), numbers.shape(), columns));
    }
    return Nibbles.unpack(numbers, Long.parseLong(columns));
  }

  private static Tensor nibbles(Tensor bytes, Tensor scale, Tensor zero, long width) {
    Tensor rows =
        Ops.tensor(
            "aten::_empty_per_channel_affine_quantized",
            new Shape(bytes.size(0), width),
            scale,
            zero,
            0,
            DType.QUINT4X2);
    try (var arena = Arena.ofConfined()) {
      ((DenseTensor) rows).storage(arena).copyFrom(bytes.contiguous().dense().segment(arena));
    }
    return rows;
  }
}
