package dev.microtome.dynamic;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.EmbeddingBag;
import dev.microtome.nn.Gru;
import dev.microtome.nn.GruCell;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.nn.RnnCell;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.QuantizedEngine;
import org.jspecify.annotations.Nullable;

/// Which layer takes the place of which: the one table of the package. A layer that stays says why.
sealed interface Exchange {
  /// `engine` is null where there is no choice.
  record Put(Layer<?, ?> layer, @Nullable QuantizedEngine engine) implements Exchange {}

  record Leave(String reason) implements Exchange {}

  static Exchange of(String path, Layer<?, ?> layer, DynamicConfig config, EngineChoice engines) {
    try {
      return switch (layer) {
        case DynamicLayer<?, ?, ?> _, WeightOnlyLinear _ -> new Leave("is quantized already");
        case Layer<?, ?> _ when config.isWeightOnly() -> weightOnly(layer);
        case Embedding table when config.dtype() == DType.QUINT4X2 && table.width() % 2 == 1 ->
            new Leave(QuantizedRows.ODD);
        case EmbeddingBag bag
            when config.dtype() == DType.QUINT4X2 && bag.weight().size(1) % 2 == 1 ->
            new Leave(QuantizedRows.ODD);
        case Embedding embedding when config.isForEmbeddings() ->
            new Put(QuantizedEmbedding.of(embedding, config), null);
        case EmbeddingBag bag when config.isForEmbeddings() ->
            bag.mode() == EmbeddingBag.Mode.MAX
                ? new Leave("bags of greatest numbers have no quantized kernel")
                : new Put(QuantizedEmbeddingBag.of(bag, config), null);
        case Embedding _, EmbeddingBag _ ->
            throw new IllegalArgumentException(
                "Embedding quantization is only supported with float_qparams_weight_only_qconfig:"
                    + " give quint8 or quint4x2, or leave embeddings out");
        case Layer<?, ?> _ when config.isForEmbeddings() ->
            new Leave("%s is for embeddings".formatted(config.dtype()));
        case Linear linear -> {
          var engine = engines.linear(linear.outFeatures(), linear.inFeatures(), config);
          yield new Put(DynamicLinear.of(linear, config, engine), engine);
        }
        case Conv1D linear -> {
          var engine = engines.linear(linear.outFeatures(), linear.inFeatures(), config);
          yield new Put(DynamicLinear.of(linear, config, engine), engine);
        }
        case Lstm lstm when lstm.settings().projection() > 0 ->
            new Leave("an LSTM that projects its outputs has no quantized form");
        case Lstm lstm -> {
          var engine = engines.recurrent(lstm.hiddenSize(), lstm.inputSize(), config);
          yield new Put(DynamicLstm.of(lstm, config, engine, engines.isFree()), engine);
        }
        case Gru gru -> {
          var engine = engines.recurrent(gru.hiddenSize(), gru.inputSize(), config);
          yield new Put(DynamicGru.of(gru, config, engine), engine);
        }
        case LstmCell cell -> {
          var engine = engines.recurrent(cell.hiddenSize(), cell.inputSize(), config);
          yield new Put(DynamicLstmCell.of(cell, config, engine), engine);
        }
        case GruCell cell -> {
          var engine = engines.recurrent(cell.hiddenSize(), cell.inputSize(), config);
          yield new Put(DynamicGruCell.of(cell, config, engine), engine);
        }
        case RnnCell cell -> {
          var engine = engines.recurrent(cell.hiddenSize(), cell.inputSize(), config);
          yield new Put(DynamicRnnCell.of(cell, config, engine), engine);
        }
        default -> new Leave("has no dynamically quantized form");
      };
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(
          "layer '%s': %s".formatted(path, refused.getMessage()), refused);
    }
  }

  private static Exchange weightOnly(Layer<?, ?> layer) {
    return switch (layer) {
      case Linear linear -> new Put(WeightOnlyLinear.of(linear), null);
      case Conv1D linear -> new Put(WeightOnlyLinear.of(linear), null);
      case Embedding table -> new Put(QuantizedEmbedding.of(table, DynamicConfig.QUINT8), null);
      case EmbeddingBag bag when bag.mode() != EmbeddingBag.Mode.MAX ->
          new Put(QuantizedEmbeddingBag.of(bag, DynamicConfig.QUINT8), null);
      default -> new Leave("weights alone are quantized in linear layers and embeddings only");
    };
  }
}
