package dev.microtome.nn;

import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/// Deep copies: build a twin on the meta device (no memory, no random numbers), copy what sits in
/// slots, then give it copies of the numbers and the same ties.
final class LayerCopy {
  private LayerCopy() {}

  static Layer<?, ?> of(Layer<?, ?> original) {
    Layer<?, ?> copy = Device.META.run(() -> exchanged(original));
    Grad.off(() -> copyTensors(original, copy));
    LayerPaths.forEach(
        original, (path, layer) -> copy.layer(path).trainOnlyThis(layer.isTraining()));
    return copy;
  }

  /// A twin whose slots hold twins of what sits in the original's slots.
  private static Layer<?, ?> exchanged(Layer<?, ?> original) {
    Layer<?, ?> twin = original.twin();
    align(original, twin);
    return twin;
  }

  private static void align(Layer<?, ?> original, Layer<?, ?> twin) {
    if (twin.getClass() != original.getClass()) {
      throw new IllegalStateException(
          "twin() built a %s in place of a %s".formatted(twin.name(), original.name()));
    }
    if (!original.children().keySet().equals(twin.children().keySet())) {
      throw new IllegalStateException(
          "twin() of %s has children %s instead of %s"
              .formatted(original.name(), twin.children().keySet(), original.children().keySet()));
    }
    original
        .children()
        .forEach((name, slot) -> {
          Slot<?, ?> other = twin.children().get(name);
          if (other == null) {
            return;
          }
          if (slot.isExchangeable()) {
            put(other, exchanged(slot.get()));
          } else {
            align(slot.get(), other.get());
          }
        });
  }

  @SuppressWarnings("unchecked") // the twin's slot has the type of the original's
  private static <I, O> void put(Slot<I, O> slot, Layer<?, ?> layer) {
    slot.set((Layer<I, O>) layer);
  }

  private static void copyTensors(Layer<?, ?> original, Layer<?, ?> copy) {
    Map<String, TensorSlot> targets = State.slots(copy);
    Map<TensorSlot, TensorSlot> copied = new HashMap<>();
    State.slots(original)
        .forEach((path, source) -> {
          TensorSlot target = targets.get(path);
          if (target == null) {
            throw new IllegalStateException(
                "twin() of %s has no '%s'".formatted(original.name(), path));
          }
          TensorSlot first = copied.putIfAbsent(source.root(), target);
          if (first == null) {
            Tensor numbers = source.get();
            target.set(numbers.detach().copy().requiresGrad_(numbers.requiresGrad()));
          } else {
            target.tieTo(first);
          }
        });
  }
}
