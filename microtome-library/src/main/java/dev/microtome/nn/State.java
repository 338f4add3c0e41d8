package dev.microtome.nn;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Collects the tensors of a whole network by path.
final class State {
  private State() {}

  /// Every slot by path in PyTorch's order: a layer's parameters, its buffers, its children.
  static Map<String, TensorSlot> slots(Layer<?, ?> root) {
    var found = new LinkedHashMap<String, TensorSlot>();
    LayerPaths.forEach(
        root,
        (path, layer) -> {
          collect(path, layer, true, found);
          collect(path, layer, false, found);
        });
    return found;
  }

  private static void collect(
      String path, Layer<?, ?> layer, boolean parameters, Map<String, TensorSlot> found) {
    layer
        .tensors()
        .forEach((name, slot) -> {
          if (slot.isPresent() && parameters == isParameter(slot)) {
            found.put(LayerPaths.join(path, name), slot);
          }
        });
  }

  static TensorSlot slot(Layer<?, ?> root, String path) {
    TensorSlot found = slots(root).get(path);
    if (found == null) {
      throw new IllegalArgumentException(
          "%s has no parameter '%s'%s"
              .formatted(root.name(), path, NearNames.hint(path, slots(root).keySet())));
    }
    return found;
  }

  static Map<String, Tensor> parameters(Layer<?, ?> root, Predicate<Tensor> wanted) {
    var found = new LinkedHashMap<String, Tensor>();
    Set<TensorSlot> seen = new HashSet<>(); // by identity: slots define no equals
    slots(root)
        .forEach((path, slot) -> {
          if (isParameter(slot) && seen.add(slot.root()) && wanted.test(slot.get())) {
            found.put(path, slot.get());
          }
        });
    return Collections.unmodifiableMap(found);
  }

  static Map<String, Tensor> buffers(Layer<?, ?> root) {
    var found = new LinkedHashMap<String, Tensor>();
    slots(root)
        .forEach((path, slot) -> {
          if (!isParameter(slot)) {
            found.put(path, slot.get());
          }
        });
    return Collections.unmodifiableMap(found);
  }

  static Map<String, Tensor> dict(Layer<?, ?> root) {
    var found = new LinkedHashMap<String, Tensor>();
    persistent(root).forEach((path, slot) -> found.put(path, slot.get().detach()));
    return Collections.unmodifiableMap(found);
  }

  /// Like [#dict], but tied tensors under their first name only.
  static Map<String, Tensor> dictOnce(Layer<?, ?> root) {
    var found = new LinkedHashMap<String, Tensor>();
    Set<TensorSlot> seen = new HashSet<>();
    persistent(root)
        .forEach((path, slot) -> {
          if (seen.add(slot.root())) {
            found.put(path, slot.get().detach());
          }
        });
    return found;
  }

  static long bytes(Layer<?, ?> root) {
    return dictOnce(root).values().stream().mapToLong(t -> t.numel() * t.dtype().bytes()).sum();
  }

  static Map<String, TensorSlot> persistent(Layer<?, ?> root) {
    var found = slots(root);
    found.values().removeIf(slot -> slot.kind() == TensorSlot.Kind.SCRATCH);
    return found;
  }

  static void convert(Layer<?, ?> root, DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new IllegalArgumentException(
          "layers convert to floating-point dtypes only, not to " + dtype);
    }
    Set<TensorSlot> seen = new HashSet<>();
    for (TensorSlot slot : slots(root).values()) {
      if (slot.kind() != TensorSlot.Kind.FIXED) {
        if (seen.add(slot.ownRoot())) {
          slot.own(converted(slot.own(), dtype));
        }
        for (TensorSlot standIn : StandIns.all(slot)) {
          standIn.set(converted(standIn.get(), dtype));
        }
      }
    }
  }

  private static Tensor converted(Tensor tensor, DType dtype) {
    return tensor.dtype().isFloatingPoint() && tensor.dtype() != dtype
        ? leaf(tensor, Grad.off(() -> tensor.to(dtype)))
        : tensor;
  }

  /// Puts `next` into `slot`, wanting a gradient as the tensor before it did.
  static void replace(TensorSlot slot, Tensor next) {
    slot.set(leaf(slot.get(), next));
  }

  private static Tensor leaf(Tensor before, Tensor next) {
    Tensor leaf = next.detach();
    return before.requiresGrad() ? leaf.requiresGrad_(true) : leaf;
  }

  private static boolean isParameter(TensorSlot slot) {
    return slot.kind() == TensorSlot.Kind.PARAMETER;
  }
}
