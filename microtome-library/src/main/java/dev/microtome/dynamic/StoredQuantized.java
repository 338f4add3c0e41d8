package dev.microtome.dynamic;

import dev.microtome.nn.EmbeddingBag;
import dev.microtome.nn.Gru;
import dev.microtome.nn.GruCell;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.nn.RnnCell;
import dev.microtome.nn.RnnSettings;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.ScriptValue;
import dev.microtome.tensor.pickle.TupleValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Quantized layers from what PyTorch saved of them. Every shape is checked against the float layer
/// whose place they take: packing believes what it is given.
final class StoredQuantized {
  private final Map<?, ?> state;
  private final Map<String, Long> versions;
  private final EngineChoice engines;

  StoredQuantized(Map<?, ?> state, Map<String, Long> versions, EngineChoice engines) {
    this.state = state;
    this.versions = versions;
    this.engines = engines;
  }

  /// The quantized layer that was saved for `path`, or null when a float one was.
  @Nullable Layer<?, ?> layer(String path, Layer<?, ?> place) {
    if (state.get(path + "._packed_params._packed_params") instanceof TupleValue packed) {
      return linear(path, packed);
    }
    if (state.get(path + "._packed_params._packed_weight") instanceof Tensor rows) {
      return embedding(path, rows, place);
    }
    if (state.get(path + ".weight_scale") instanceof Tensor scales
        && state.get(path + ".weight") instanceof Tensor numbers) {
      return weightOnly(path, numbers, scales, place);
    }
    if (state.containsKey(path + "._packed_weight_ih")) {
      return step(path, place);
    }
    if (!state.containsKey(path + "._all_weight_values.0.param")) {
      return null;
    }
    return switch (place) {
      case Lstm lstm -> {
        long in = lstm.inputSize();
        var cells = cells(path, lstm.settings(), 4 * lstm.hiddenSize(), in, lstm.hiddenSize());
        yield new DynamicLstm(
            new PackedStack(DynamicLstm.OPERATION, in, lstm.hiddenSize(), lstm.settings(), cells),
            engines.isFree());
      }
      case Gru gru -> {
        long in = gru.inputSize();
        var cells = cells(path, gru.settings(), 3 * gru.hiddenSize(), in, gru.hiddenSize());
        yield new DynamicGru(
            new PackedStack(DynamicGru.OPERATION, in, gru.hiddenSize(), gru.settings(), cells));
      }
      default -> throw misfit(path, "the file has recurrent cells, the network has none there");
    };
  }

  private WeightOnlyLinear weightOnly(
      String path, Tensor numbers, Tensor scales, Layer<?, ?> place) {
    boolean fits =
        place instanceof LinearLike linear
            && numbers.shape().equals(Shape.of(linear.outFeatures(), linear.inFeatures()));
    if (!fits) {
      throw misfit(path, "a weight of shape %s has no place there".formatted(numbers.shape()));
    }
    Tensor bias = state.get(path + ".bias") instanceof Tensor given ? given.detach().copy() : null;
    try {
      return WeightOnlyLinear.stored(numbers.copy(), scales.copy(), bias);
    } catch (IllegalArgumentException refused) {
      throw misfit(path, String.valueOf(refused.getMessage()));
    }
  }

  private DynamicLinear linear(String path, TupleValue packed) {
    if (!(state.get(path + "._packed_params.dtype") instanceof DType dtype)) {
      throw misfit(path, "the file does not say the dtype of its weights");
    }
    boolean half = dtype == DType.FLOAT16;
    boolean reduceRange = versions.getOrDefault(path, 4L) >= 4; // older files mean 8 bits
    PackedLinear linear = packed(path, packed, half);
    boolean rows = !half && !WeightGrid.isWhole(linear.weight());
    return new DynamicLinear(linear, new DynamicConfig(dtype, rows, false), reduceRange);
  }

  private Layer<?, ?> embedding(String path, Tensor rows, Layer<?, ?> place) {
    if (rows.dtype() != DType.QUINT8 && rows.dtype() != DType.QUINT4X2) {
      throw misfit(path, "the rows of an embedding are " + rows.dtype());
    }
    var packed = QuantizedRows.pack(rows, DynamicConfig.of(rows.dtype()));
    return place instanceof EmbeddingBag bag
        ? QuantizedEmbeddingBag.of(packed, bag.mode())
        : new QuantizedEmbedding(packed);
  }

  private PackedLinear packed(String path, TupleValue parts, boolean half) {
    if (parts.items().size() != 2
        || !(parts.items().getFirst() instanceof Tensor weight)
        || weight.dim() != 2) {
      throw misfit(path, "packed weights are no pair of a matrix and a bias");
    }
    Tensor bias = parts.items().get(1) instanceof Tensor given ? given.detach() : null;
    boolean fits = weight.dtype() == (half ? DType.FLOAT32 : DType.QINT8);
    if (!fits || (bias != null && (bias.dim() != 1 || bias.numel() != weight.size(0)))) {
      throw misfit(
          path,
          "a %s matrix of shape %s with a bias of %s does not make a layer"
              .formatted(weight.dtype(), weight.shape(), bias == null ? "none" : bias.shape()));
    }
    if (half) return PackedLinear.packHalf(weight, bias);
    var engine = engines.linear(weight.size(0), weight.size(1), DynamicConfig.QINT8);
    return PackedLinear.pack(weight, bias, engine);
  }

  private List<PackedCell> cells(
      String path, RnnSettings settings, long gates, long inputSize, long hiddenSize) {
    int count = settings.layers() * settings.directions();
    var cells = new ArrayList<PackedCell>();
    for (int i = 0; i < count; i++) {
      long width = i < settings.directions() ? inputSize : hiddenSize * settings.directions();
      cells.add(cell(path + "._all_weight_values." + i + ".param", gates, width, hiddenSize));
    }
    if (state.containsKey(path + "._all_weight_values." + count + ".param")) {
      throw misfit(path, "the file has more cells than the %d of the network".formatted(count));
    }
    return cells;
  }

  private PackedCell cell(String key, long gates, long width, long hidden) {
    if (!(state.get(key) instanceof ScriptValue(String type, TupleValue(var parts)))
        || !type.equals(ScriptValue.CELL)
        || parts.size() != 5
        || !(parts.get(0) instanceof String kind)
        || !(parts.get(3) instanceof List<?> ranges)
        || !(parts.get(4) instanceof List<?> matrices)
        || matrices.size() != 2) {
      throw misfit(key, "the cell is missing or described in an unknown way");
    }
    boolean half = kind.equals("quantized_fp16");
    PackedLinear input = matrix(key, matrices.get(0), half);
    PackedLinear hiddens = matrix(key, matrices.get(1), half);
    checkSizes(key, input, hiddens, gates, width, hidden);
    boolean reduce = !ranges.isEmpty() && Long.valueOf(1).equals(ranges.getFirst());
    return PackedCell.of(input, hiddens, reduce);
  }

  private static void checkSizes(
      String key, PackedLinear input, PackedLinear hiddens, long gates, long width, long hidden) {
    boolean fits =
        input.out() == gates
            && hiddens.out() == gates
            && input.in() == width
            && hiddens.in() == hidden
            && input.bias() != null
            && hiddens.bias() != null;
    if (!fits) {
      throw misfit(
          key,
          "its matrices are (%d, %d) and (%d, %d), the network needs (%d, %d) and (%d, %d) with biases"
              .formatted(
                  input.out(),
                  input.in(),
                  hiddens.out(),
                  hiddens.in(),
                  gates,
                  width,
                  gates,
                  hidden));
    }
  }

  private Layer<?, ?> step(String path, Layer<?, ?> place) {
    return switch (place) {
      case LstmCell cell -> new DynamicLstmCell(step(path, 4, cell.inputSize(), cell.hiddenSize()));
      case GruCell cell -> new DynamicGruCell(step(path, 3, cell.inputSize(), cell.hiddenSize()));
      case RnnCell cell ->
          new DynamicRnnCell(step(path, 1, cell.inputSize(), cell.hiddenSize()), cell.isRelu());
      default -> throw misfit(path, "the file has a recurrent cell, the network has none there");
    };
  }

  private PackedStep step(String path, int gates, long width, long hidden) {
    PackedLinear input = matrix(path, state.get(path + "._packed_weight_ih"), false);
    PackedLinear hiddens = matrix(path, state.get(path + "._packed_weight_hh"), false);
    checkSizes(path, input, hiddens, gates * hidden, width, hidden);
    return new PackedStep(input, hiddens);
  }

  private PackedLinear matrix(String key, @Nullable Object value, boolean half) {
    if (value instanceof ScriptValue(String type, TupleValue parts)
        && type.equals(ScriptValue.LINEAR)) {
      return packed(key, parts, half);
    }
    throw misfit(key, "a cell's matrix is described in an unknown way");
  }

  private static IllegalArgumentException misfit(String path, String why) {
    return new IllegalArgumentException(
        "'%s' of the checkpoint does not fit the network: %s".formatted(path, why));
  }
}
