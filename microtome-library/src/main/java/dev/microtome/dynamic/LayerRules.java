package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which layers of a network are meant, and with which settings: by path, by rule and by type.
///
/// A path beats a rule, the last rule that accepts beats those before it, a rule beats a type, and
/// what none of them names inherits from the layer around it; `null` switches off. Types match
/// exactly: a subclass does not. This is the precedence of PyTorch's `qconfig_spec`.
///
/// @param <C> the settings
public final class LayerRules<C> {
  private static final Logger LOG = LoggerFactory.getLogger(LayerRules.class);

  private record Rule<C>(BiPredicate<String, Layer<?, ?>> accepts, @Nullable C config) {}

  /// Is told of a layer, and of its settings if it has any.
  @FunctionalInterface
  public interface Visitor<C> {
    void visit(String path, Layer<?, ?> layer, @Nullable C config);
  }

  private final Map<Class<?>, @Nullable C> types;
  private final Map<String, @Nullable C> paths;
  private final List<Rule<C>> rules;

  private LayerRules(
      Map<Class<?>, @Nullable C> types, Map<String, @Nullable C> paths, List<Rule<C>> rules) {
    this.types = types;
    this.paths = paths;
    this.rules = rules;
  }

  /// Names nothing yet.
  public static <C> LayerRules<C> none() {
    return new LayerRules<>(Map.of(), Map.of(), List.of());
  }

  /// Layers of exactly this type.
  public LayerRules<C> with(Class<?> type, @Nullable C config) {
    var more = new LinkedHashMap<Class<?>, @Nullable C>(types);
    more.put(type, config);
    return new LayerRules<>(more, paths, rules);
  }

  /// The layer at a path and, unless told otherwise, all layers in it.
  public LayerRules<C> with(String path, @Nullable C config) {
    var more = new LinkedHashMap<String, @Nullable C>(paths);
    more.put(path, config);
    return new LayerRules<>(types, more, rules);
  }

  /// Layers a rule accepts, by path and layer.
  public LayerRules<C> with(BiPredicate<String, Layer<?, ?>> rule, @Nullable C config) {
    var more = new ArrayList<>(rules);
    more.addFirst(new Rule<>(rule, config));
    return new LayerRules<>(types, paths, more);
  }

  /// Goes through all layers of a network, parents first. A path that is not there is logged.
  public void forEach(Layer<?, ?> root, Visitor<C> visitor) {
    var configs = new HashMap<String, @Nullable C>();
    root.namedLayers()
        .forEach((path, layer) -> {
          C config = resolve(path, layer, configs.get(parent(path)));
          configs.put(path, config);
          visitor.visit(path, layer, config);
        });
    for (String path : paths.keySet()) {
      if (!configs.containsKey(path)) LOG.warn("there is no layer '{}' to quantize", path);
    }
  }

  private static String parent(String path) {
    int dot = path.lastIndexOf('.');
    return dot < 0 ? (path.isEmpty() ? "no parent" : "") : path.substring(0, dot);
  }

  private @Nullable C resolve(String path, Layer<?, ?> layer, @Nullable C inherited) {
    if (paths.containsKey(path)) return paths.get(path);
    for (Rule<C> rule : rules) {
      if (rule.accepts().test(path, layer)) return rule.config();
    }
    return types.containsKey(layer.getClass()) ? types.get(layer.getClass()) : inherited;
  }
}
