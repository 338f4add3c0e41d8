package dev.microtome.dynamic.choice;

import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.EmbeddingBag;
import dev.microtome.nn.Layer;
import org.jspecify.annotations.Nullable;

/// Quantized weights; activations on the fly or as they are.
///
/// @param name what reports call it
/// @param layers how everything but embeddings is quantized; null for not at all
/// @param embeddings how embeddings are; null for not at all
public record DynamicChoice(
    String name, @Nullable DynamicConfig layers, @Nullable DynamicConfig embeddings)
    implements Choice {
  /// Weights and activations in 8 bits, activations on the fly.
  public static final DynamicChoice INT8 =
      new DynamicChoice("int8 dynamic", DynamicConfig.QINT8_PER_CHANNEL, DynamicConfig.QUINT8);

  /// Weights alone in 8 bits.
  public static final DynamicChoice WEIGHTS =
      new DynamicChoice("int8 weights", DynamicConfig.WEIGHT_ONLY, DynamicConfig.WEIGHT_ONLY);

  @Override
  public @Nullable Layer<?, ?> quantized(String path, Layer<?, ?> layer) {
    boolean table = layer instanceof Embedding || layer instanceof EmbeddingBag;
    DynamicConfig config = table ? embeddings : layers;
    return config == null ? null : DynamicQuantization.layer(path, layer, config);
  }
}
