package dev.microtome.dynamic.calibrated;

import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Convolution;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Layers that become one with the layer before them.
///
/// @param norm the path of the batch norm that follows, or null
/// @param relu the path of the ReLU that follows, or null
record Fusion(@Nullable String norm, @Nullable String relu) {
  static final Fusion NONE = new Fusion(null, null);

  /// The paths that are there.
  List<String> parts() {
    var parts = new ArrayList<String>();
    if (norm != null) parts.add(norm);
    if (relu != null) parts.add(relu);
    return parts;
  }

  /// What follows each layer with a weight, by its path: in sequences, and where the spec says.
  static Map<String, Fusion> of(Layer<?, ?> network, List<List<String>> told) {
    var fusions = new LinkedHashMap<String, Fusion>();
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (layer instanceof Sequential sequence) inSequence(path, sequence, fusions);
        });
    told.forEach(paths -> fusions.put(paths.getFirst(), told(network, paths)));
    return fusions;
  }

  private static void inSequence(String path, Sequential sequence, Map<String, Fusion> fusions) {
    var names = new ArrayList<String>();
    sequence.namedSlots().keySet().stream().filter(name -> !name.contains(".")).forEach(names::add);
    for (int i = 0; i < names.size(); i++) {
      Layer<?, ?> layer = sequence.layer(names.get(i));
      if (!hasWeight(layer)) continue;
      int next = i + 1;
      String norm = null;
      if (layer instanceof Conv2d && is(sequence, names, next, BatchNorm2d.class)) {
        norm = join(path, names.get(next++));
      }
      String relu = is(sequence, names, next, ReLU.class) ? join(path, names.get(next)) : null;
      fusions.put(join(path, names.get(i)), new Fusion(norm, relu));
    }
  }

  private static boolean is(Sequential sequence, List<String> names, int at, Class<?> type) {
    return at < names.size() && type.isInstance(sequence.layer(names.get(at)));
  }

  private static boolean hasWeight(Layer<?, ?> layer) {
    return layer instanceof Convolution || layer instanceof LinearLike;
  }

  private static Fusion told(Layer<?, ?> network, List<String> paths) {
    Layer<?, ?> first = network.layer(paths.getFirst());
    String norm = null;
    String relu = null;
    for (String path : paths.subList(1, paths.size())) {
      Layer<?, ?> layer = network.layer(path);
      if (layer instanceof BatchNorm2d && first instanceof Conv2d && norm == null && relu == null) {
        norm = path;
      } else if (layer instanceof ReLU && hasWeight(first) && relu == null) {
        relu = path;
      } else {
        throw new IllegalArgumentException(
            "%s can't be fused: a convolution with a batch norm, a ReLU or both can, and a linear"
                    .formatted(paths)
                + " layer with a ReLU");
      }
    }
    return new Fusion(norm, relu);
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
