package dev.microtome.dynamic.choice;

import dev.microtome.nn.Layer;
import org.jspecify.annotations.Nullable;

/// A form that layers may take.
public interface Choice {
  /// What reports call it.
  String name();

  /// A layer in this form, to take the place of `layer`; null when it has none.
  ///
  /// @throws IllegalArgumentException when the layer's numbers do not allow it
  @Nullable Layer<?, ?> quantized(String path, Layer<?, ?> layer);

  /// Is told when layers of this form were put into a network, in case they work together.
  default void connect(Layer<?, ?> network) {}
}
