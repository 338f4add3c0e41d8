package dev.microtome.dynamic.calibrated;

import dev.microtome.nn.AdaptiveAvgPool2d;
import dev.microtome.nn.AvgPool2d;
import dev.microtome.nn.Dropout;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Hook;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which quantized layers read what a quantized layer gives, as seen while a network runs: the very
/// tensor that comes out of one goes into the other, or passes layers between them that keep a
/// grid. What leaves the network must be plain numbers.
final class Flow {
  private final IdentityHashMap<Tensor, String> sources = new IdentityHashMap<>();
  private final Map<String, Set<String>> readers = new HashMap<>();
  private final Set<String> leaving = new HashSet<>();

  /// Watches a network whose layers at `targets` may be quantized.
  static List<Hook> watch(Layer<?, ?> network, Set<String> targets, Flow flow) {
    var hooks = new ArrayList<Hook>();
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (targets.contains(path)) flow.watchTarget(path, layer, hooks);
          else if (keepsGrid(layer)) flow.watchBetween(layer, hooks);
        });
    hooks.add(network.onOutput((_, out) -> flow.leave(out)));
    return hooks;
  }

  private static boolean keepsGrid(Layer<?, ?> layer) {
    return layer instanceof ReLU
        || layer instanceof MaxPool2d
        || layer instanceof AvgPool2d
        || layer instanceof AdaptiveAvgPool2d
        || layer instanceof Flatten
        || layer instanceof Dropout
        || layer instanceof Identity<?>;
  }

  private void watchTarget(String path, Layer<?, ?> layer, List<Hook> hooks) {
    hooks.add(
        layer.onInput((_, in) -> {
          String source = sources.get(in);
          if (source != null) readers.computeIfAbsent(source, _ -> new HashSet<>()).add(path);
          return in;
        }));
    hooks.add(
        layer.onOutput((_, out) -> {
          if (out instanceof Tensor tensor) sources.put(tensor, path);
          return out;
        }));
  }

  private void watchBetween(Layer<?, ?> layer, List<Hook> hooks) {
    @Nullable String[] source = new String[1];
    hooks.add(
        layer.onInput((_, in) -> {
          source[0] = sources.get(in);
          return in;
        }));
    hooks.add(
        layer.onOutput((_, out) -> {
          String from = source[0];
          if (from != null && out instanceof Tensor tensor) sources.put(tensor, from);
          return out;
        }));
  }

  private Object leave(Object out) {
    for (Tensor tensor : Values.tensors(out)) {
      String source = sources.get(tensor);
      if (source != null) leaving.add(source);
    }
    sources.clear();
    return out;
  }

  /// Whether the layer at `path` may hand on whole numbers: a layer that takes them reads it, and
  /// nobody outside of the network does.
  boolean handsOn(String path, Predicate<String> takesWhole) {
    return !leaving.contains(path)
        && readers.getOrDefault(path, Set.of()).stream().anyMatch(takesWhole);
  }
}
