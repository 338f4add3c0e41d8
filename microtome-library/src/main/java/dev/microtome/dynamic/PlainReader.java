package dev.microtome.dynamic;

import dev.microtome.nn.Embedding;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.tensor.pickle.ScriptValue;
import dev.microtome.tensor.pickle.TupleValue;
import java.util.ArrayList;
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
        state.put(path + "._packed_params.dtype", DType.QINT8);
        Tensor bias = file.contains(path + ".bias") ? take(path + ".bias") : null;
        state.put(
            path + "._packed_params._packed_params",
            TupleValue.of(quantized(path + ".weight", -1), bias));
      }
      case "embedding" -> {
        long width = network.layer(path) instanceof Embedding e ? e.width() : -1;
        state.put(path + "._packed_params._packed_weight", quantized(path + ".weight", width));
      }
      case "lstm", "gru" -> {
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

  private ScriptValue cell(String name) {
    List<Object> matrices = new ArrayList<>();
    for (String part : new String[] {".ih", ".hh"}) {
      matrices.add(
          new ScriptValue(
              ScriptValue.LINEAR,
              TupleValue.of(quantized(name + part, -1), take(name + part + ".bias"))));
    }
    return new ScriptValue(
        ScriptValue.CELL,
        TupleValue.of("quantized_dynamic", List.of(), List.of(), List.of(1L), matrices));
  }

  private Tensor take(String name) {
    used.add(name);
    return file.tensor(name);
  }

  private Tensor quantized(String name, long width) {
    Tensor numbers = take(name);
    Tensor scale = take(name + ".scale");
    Tensor zero = take(name + ".zero_point");
    boolean rows = numbers.dim() == 2 && scale.dim() == 1 && zero.shape().equals(scale.shape());
    if (!rows || (scale.numel() != 1 && scale.numel() != numbers.size(0))) {
      throw new IllegalArgumentException(
          "%s: '%s' has shape %s and scales of shape %s"
              .formatted(file, name, numbers.shape(), scale.shape()));
    }
    boolean offsets = zero.dtype().isFloatingPoint();
    boolean nibbles = offsets && numbers.size(1) == (width + 1) / 2 && numbers.size(1) != width;
    if (nibbles) return nibbles(numbers, scale, zero, width);
    if (scale.numel() == 1 && !offsets) {
      return Ops.tensor(
          "aten::_make_per_tensor_quantized_tensor", numbers, scale.item(), zero.itemLong());
    }
    return Ops.tensor("aten::_make_per_channel_quantized_tensor", numbers, scale, zero, 0);
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
    ((DenseTensor) rows).storage().copyFrom(bytes.contiguous().dense().segment());
    return rows;
  }
}
