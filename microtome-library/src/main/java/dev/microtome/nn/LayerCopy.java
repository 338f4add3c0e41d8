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
    return of(original, Map.of());
  }

  /// A copy in which other layers sit where `exchanges` says, by path. What they replace is not
  /// copied.
  static Layer<?, ?> of(Layer<?, ?> original, Map<String, ? extends Layer<?, ?>> exchanges) {
    Layer<?, ?> copy = Device.META.run(() -> exchanged("", original, exchanges));
    Grad.off(() -> copyTensors(original, copy, exchanges));
    LayerPaths.forEach(
        original,
        (path, layer) -> {
          if (!isInside(path, exchanges)) {
            copy.layer(path).trainOnlyThis(layer.isTraining());
          }
        });
    return copy;
  }

  private static boolean isInside(String path, Map<String, ?> exchanges) {
    for (int dot = path.length(); dot >= 0; dot = path.lastIndexOf('.', dot - 1)) {
      if (exchanges.containsKey(path.substring(0, dot))) {
        return true;
      }
    }
    return false;
  }

  /// A twin whose slots hold twins of what sits in the original's slots.
  private static Layer<?, ?> exchanged(
      String path, Layer<?, ?> original, Map<String, ? extends Layer<?, ?>> exchanges) {
    Layer<?, ?> twin = original.twin();
    align(path, original, twin, exchanges);
    return twin;
  }

  private static void align(
      String path,
      Layer<?, ?> original,
      Layer<?, ?> twin,
      Map<String, ? extends Layer<?, ?>> exchanges) {
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
          String below = LayerPaths.join(path, name);
          Layer<?, ?> instead = exchanges.get(below);
          if (instead != null) {
            put(other, instead);
          } else if (slot.isExchangeable()) {
            put(other, exchanged(below, slot.get(), exchanges));
          } else {
            align(below, slot.get(), other.get(), exchanges);
          }
        });
  }

  @SuppressWarnings("unchecked") // the twin's slot has the type of the original's
  private static <I, O> void put(Slot<I, O> slot, Layer<?, ?> layer) {
    slot.set((Layer<I, O>) layer);
  }

  private static void copyTensors(
      Layer<?, ?> original, Layer<?, ?> copy, Map<String, ?> exchanges) {
    Map<String, TensorSlot> targets = State.slots(copy);
    Map<TensorSlot, TensorSlot> copied = new HashMap<>();
    State.slots(original)
        .forEach((path, source) -> {
          if (isInside(path, exchanges)) {
            return;
          }
          TensorSlot target = targets.get(path);
          if (target == null) {
            throw new IllegalStateException(
                "twin() of %s has no '%s'".formatted(original.name(), path));
          }
          TensorSlot first = copied.putIfAbsent(source.ownRoot(), target);
          if (first == null) {
            target.set(copied(source.own()));
          } else {
            target.tieTo(first);
          }
          StandIns.copy(source, target);
        });
  }

  static Tensor copied(Tensor numbers) {
    return numbers.detach().copy().requiresGrad_(numbers.requiresGrad());
  }
}
