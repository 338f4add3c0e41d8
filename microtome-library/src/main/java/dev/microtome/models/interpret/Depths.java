package dev.microtome.models.interpret;

import dev.microtome.models.CausalNetwork;
import dev.microtome.nn.Layer;
import java.util.Map;

/// Names of places in a network.
final class Depths {
  private Depths() {}

  /// The path of a layer.
  @SuppressWarnings("ReferenceEquality") // a layer is itself
  static String path(CausalNetwork network, Layer<?, ?> layer) {
    return network.namedLayers().entrySet().stream()
        .filter(entry -> entry.getValue() == layer)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("this layer is not part of the model: " + layer));
  }
}
