package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.LayerRules;
import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.tensor.QuantizedEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// Which layers are quantized for good, and how: by type, path and rule as in
/// [dev.microtome.dynamic.DynamicSpec], whose precedence it has.
public final class StaticSpec {
  /// Linear layers and convolutions, as PyTorch does by default.
  public static final StaticSpec DEFAULT = of(StaticConfig.DEFAULT);

  private final LayerRules<StaticConfig> rules;
  private final List<List<String>> fused;
  private final QuantizedEngine engine;

  private StaticSpec(
      LayerRules<StaticConfig> rules, List<List<String>> fused, QuantizedEngine engine) {
    this.rules = rules;
    this.fused = fused;
    this.engine = engine;
  }

  /// Linear layers and convolutions.
  public static StaticSpec of(StaticConfig config) {
    LayerRules<StaticConfig> rules = LayerRules.none();
    for (Class<?> type : List.of(Linear.class, Conv1D.class, Conv1d.class, Conv2d.class)) {
      rules = rules.with(type, config);
    }
    return new StaticSpec(rules, List.of(), QuantizedEngine.X86);
  }

  /// Layers of exactly this type.
  public StaticSpec with(Class<?> type, @Nullable StaticConfig config) {
    return new StaticSpec(rules.with(type, config), fused, engine);
  }

  /// The layer at a path and, unless told otherwise, all layers in it.
  public StaticSpec with(String path, @Nullable StaticConfig config) {
    return new StaticSpec(rules.with(path, config), fused, engine);
  }

  /// Layers a rule accepts.
  public StaticSpec with(BiPredicate<String, Layer<?, ?>> rule, @Nullable StaticConfig config) {
    return new StaticSpec(rules.with(rule, config), fused, engine);
  }

  /// Leaves the layer at a path and all layers in it as they are.
  public StaticSpec without(String path) {
    return with(path, null);
  }

  /// Layers that are one: a convolution with its batch norm, its ReLU or both, or a linear layer
  /// with its ReLU. In a `Sequential` that is found without being told.
  public StaticSpec fusing(String... paths) {
    var more = new ArrayList<>(fused);
    more.add(List.of(paths));
    return new StaticSpec(rules, List.copyOf(more), engine);
  }

  /// Takes this engine. The default is X86: engines round a little differently here, one number in
  /// some ten thousand by one step, so none is chosen by the clock.
  public StaticSpec on(QuantizedEngine engine) {
    return new StaticSpec(rules, fused, engine);
  }

  LayerRules<StaticConfig> rules() {
    return rules;
  }

  List<List<String>> fused() {
    return fused;
  }

  QuantizedEngine engine() {
    return engine;
  }
}
