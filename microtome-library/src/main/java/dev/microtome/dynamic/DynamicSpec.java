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
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// Which layers are quantized, and how: by type, by path and by rule.
///
/// A path beats a rule, a rule beats a type, and what none of them names inherits from the layer
/// around it, as in PyTorch; `null` switches off. Types match exactly: a subclass does not.
///
/// ```java
/// DynamicSpec.of(QINT8).with("decoder", DynamicConfig.QINT8_PER_CHANNEL).without("rnn")
/// ```
public final class DynamicSpec {
  private final LayerRules<DynamicConfig> rules;
  private final @Nullable QuantizedEngine engine;

  private DynamicSpec(LayerRules<DynamicConfig> rules, @Nullable QuantizedEngine engine) {
    this.rules = rules;
    this.engine = engine;
  }

  /// Nothing yet.
  public static DynamicSpec none() {
    return new DynamicSpec(LayerRules.none(), null);
  }

  /// What PyTorch quantizes when it is told a type of number only: linear and recurrent layers for
  /// qint8 and float16, embeddings for quint8 and quint4x2.
  public static DynamicSpec of(DType dtype) {
    DynamicConfig config = DynamicConfig.of(dtype);
    Set<Class<?>> types =
        config.isForEmbeddings()
            ? Set.of(Embedding.class, EmbeddingBag.class)
            : Set.of(
                Linear.class, Lstm.class, Gru.class, LstmCell.class, GruCell.class, RnnCell.class);
    return of(types, dtype);
  }

  /// The layers of these types (`Class`) and at these paths (`String`), each with the type's
  /// default.
  public static DynamicSpec of(Set<?> layers, DType dtype) {
    DynamicConfig config = DynamicConfig.of(dtype);
    var spec = none();
    for (Object layer : layers) {
      spec =
          switch (layer) {
            case Class<?> type -> spec.with(type, config);
            case String path -> spec.with(path, config);
            default ->
                throw new IllegalArgumentException(
                    "layers are named by class or by path, not by " + layer);
          };
    }
    return spec;
  }

  /// Whole numbers of 8 bits for the weights of linear layers and embeddings alone: activations
  /// stay what they are. Smaller, not faster.
  public static DynamicSpec weightsOnly() {
    var spec = none();
    for (Class<?> type : List.of(Linear.class, Conv1D.class, Embedding.class, EmbeddingBag.class)) {
      spec = spec.with(type, DynamicConfig.WEIGHT_ONLY);
    }
    return spec;
  }

  /// Layers of exactly this type.
  public DynamicSpec with(Class<?> type, @Nullable DynamicConfig config) {
    return new DynamicSpec(rules.with(type, config), engine);
  }

  /// The layer at a path and, unless told otherwise, all layers in it.
  public DynamicSpec with(String path, @Nullable DynamicConfig config) {
    return new DynamicSpec(rules.with(path, config), engine);
  }

  /// Layers a rule accepts, by path and layer; the last rule that does wins.
  public DynamicSpec with(BiPredicate<String, Layer<?, ?>> rule, @Nullable DynamicConfig config) {
    return new DynamicSpec(rules.with(rule, config), engine);
  }

  /// Leaves the layer at a path and all layers in it as they are.
  public DynamicSpec without(String path) {
    return with(path, null);
  }

  /// Takes this engine for every layer, instead of what is fastest here.
  public DynamicSpec on(QuantizedEngine engine) {
    return new DynamicSpec(rules, engine);
  }

  LayerRules<DynamicConfig> rules() {
    return rules;
  }

  @Nullable QuantizedEngine engine() {
    return engine;
  }
}
