package dev.microtome.nn;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Walks a network's tree and finds layers by dotted path.
final class LayerPaths {
  private LayerPaths() {}

  static void forEach(Layer<?, ?> root, BiConsumer<String, Layer<?, ?>> action) {
    visit("", root, action);
  }

  private static void visit(
      String path, Layer<?, ?> layer, BiConsumer<String, Layer<?, ?>> action) {
    action.accept(path, layer);
    layer.children().forEach((name, slot) -> visit(join(path, name), slot.get(), action));
  }

  static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  static Layer<?, ?> find(Layer<?, ?> root, String path) {
    if (path.isEmpty()) {
      return root;
    }
    Slot<?, ?> slot = place(root, path);
    if (slot == null) {
      throw new NoSuchLayerException(path, root.namedLayers().keySet());
    }
    return slot.get();
  }

  static Slot<?, ?> findSlot(Layer<?, ?> root, String path) {
    Slot<?, ?> slot = path.isEmpty() ? null : place(root, path);
    if (slot == null || !slot.isExchangeable()) {
      throw new NoSuchLayerException(path, root.namedSlots().keySet());
    }
    return slot;
  }

  private static @Nullable Slot<?, ?> place(Layer<?, ?> root, String path) {
    Layer<?, ?> layer = root;
    Slot<?, ?> slot = null;
    for (String name : path.split("\\.", -1)) {
      slot = layer.children().get(name);
      if (slot == null) {
        return null;
      }
      layer = slot.get();
    }
    return slot;
  }

  /// For messages: `transformer.h.3.mlp (GPT2MLP)`.
  static String describe(Layer<?, ?> layer) {
    String path = "";
    for (Slot<?, ?> place = layer.place(); place != null; place = place.owner().place()) {
      path = path.isEmpty() ? place.name() : place.name() + "." + path;
    }
    return path.isEmpty() ? layer.name() : path + " (" + layer.name() + ")";
  }
}
