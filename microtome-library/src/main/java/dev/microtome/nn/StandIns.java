package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tensors that stand in for a network's own parameters, by name: the biases and whole layers an
/// adapter brings. Switching changes no number, so the network's own come back bit for bit. A
/// stand-in is seen where it was put, not where the parameter is tied to.
///
/// ```java
/// StandIns.of(network).add("french", Map.of("lm_head.weight", head));
/// StandIns.of(network).use(List.of("french"));
/// ```
public final class StandIns {
  private final Layer<?, ?> network;

  private StandIns(Layer<?, ?> network) {
    this.network = network;
  }

  /// What stands, and will stand, in for parameters of a network.
  public static StandIns of(Layer<?, ?> network) {
    return new StandIns(network);
  }

  /// Adds tensors under a name; they are seen when it is used.
  ///
  /// @param tensors by the path of the parameter; they become the network's
  /// @throws IllegalArgumentException when a path is no parameter, a tensor has another shape or
  ///   dtype, or the name is taken there; then nothing was changed
  public void add(String name, Map<String, Tensor> tensors) {
    Map<String, TensorSlot> slots = State.slots(network);
    tensors.forEach((path, tensor) -> check(name, path, slots.get(path), tensor));
    tensors.forEach((path, tensor) -> {
      TensorSlot slot = State.slot(network, path);
      var all = new LinkedHashMap<>(slot.standIns());
      all.put(name, new TensorSlot(slot.kind(), tensor));
      slot.standIns(all);
    });
  }

  private void check(String name, String path, @Nullable TensorSlot slot, Tensor tensor) {
    if (slot == null || slot.kind() != TensorSlot.Kind.PARAMETER) {
      throw new IllegalArgumentException(
          "%s has no parameter '%s'%s"
              .formatted(
                  network.name(), path, NearNames.hint(path, network.namedParameters().keySet())));
    }
    Tensor own = slot.own();
    if (!own.shape().equals(tensor.shape()) || own.dtype() != tensor.dtype()) {
      throw new IllegalArgumentException(
          "'%s' is %s%s, what should stand in for it is %s%s"
              .formatted(
                  path, own.dtype().label(), own.shape(), tensor.dtype().label(), tensor.shape()));
    }
    if (slot.standIns().containsKey(name)) {
      throw new IllegalArgumentException(
          "'%s' has a stand-in of the name '%s' already".formatted(path, name));
    }
  }

  /// The network's own parameters by path, whatever stands in for them, tied ones under each name.
  public Map<String, Tensor> parameters() {
    var found = new LinkedHashMap<String, Tensor>();
    State.slots(network)
        .forEach((path, slot) -> {
          if (slot.kind() == TensorSlot.Kind.PARAMETER) {
            found.put(path, slot.own());
          }
        });
    return found;
  }

  /// All names there are.
  public Set<String> names() {
    var names = new LinkedHashSet<String>();
    State.slots(network).values().forEach(slot -> names.addAll(slot.standIns().keySet()));
    return names;
  }

  /// The tensors of one name by path.
  public Map<String, Tensor> of(String name) {
    var found = new LinkedHashMap<String, Tensor>();
    State.slots(network)
        .forEach((path, slot) -> {
          TensorSlot standIn = slot.standIns().get(name);
          if (standIn != null) {
            found.put(path, standIn.get());
          }
        });
    return found;
  }

  /// Lets the tensors of just these names be seen.
  ///
  /// @throws IllegalArgumentException when two of them bring the same parameter; then nothing was
  ///   changed
  public void use(List<String> names) {
    var chosen = new LinkedHashMap<TensorSlot, @Nullable TensorSlot>();
    State.slots(network)
        .forEach((path, slot) -> {
          if (slot.standIns().isEmpty()) {
            return;
          }
          List<String> bring = names.stream().filter(slot.standIns()::containsKey).toList();
          if (bring.size() > 1) {
            throw new IllegalArgumentException(
                "%s all bring '%s' of their own; use one of them at a time".formatted(bring, path));
          }
          chosen.put(slot, bring.isEmpty() ? null : slot.standIns().get(bring.getFirst()));
        });
    chosen.forEach(TensorSlot::standIn);
  }

  /// Takes the tensors of a name out.
  public void remove(String name) {
    for (TensorSlot slot : State.slots(network).values()) {
      TensorSlot gone = slot.standIns().get(name);
      if (gone != null) {
        var left = new LinkedHashMap<>(slot.standIns());
        left.remove(name);
        slot.standIns(left);
        if (slot.standIn() == gone) {
          slot.standIn(null);
        }
      }
    }
  }

  /// Forgets all names: what is seen now stays. What comes back undoes it.
  public Runnable settle() {
    var before = new LinkedHashMap<TensorSlot, Map<String, TensorSlot>>();
    for (TensorSlot slot : State.slots(network).values()) {
      if (!slot.standIns().isEmpty()) {
        before.put(slot, slot.standIns());
        slot.standIns(Map.of());
      }
    }
    return () -> before.forEach(TensorSlot::standIns);
  }

  /// The slots of everything that stands in, or may, for what is in one.
  static List<TensorSlot> all(TensorSlot slot) {
    var all = new ArrayList<TensorSlot>(slot.standIns().values());
    TensorSlot seen = slot.standIn();
    if (seen != null && !all.contains(seen)) {
      all.add(seen);
    }
    return all;
  }

  /// Gives `target` copies of what may stand in for `source`, the same one to be seen.
  static void copy(TensorSlot source, TensorSlot target) {
    var all = new LinkedHashMap<String, TensorSlot>();
    TensorSlot seen = source.standIn();
    TensorSlot shown = null;
    for (var entry : source.standIns().entrySet()) {
      var copied = new TensorSlot(source.kind(), LayerCopy.copied(entry.getValue().get()));
      all.put(entry.getKey(), copied);
      shown = entry.getValue() == seen ? copied : shown;
    }
    if (seen != null && shown == null) {
      shown = new TensorSlot(source.kind(), LayerCopy.copied(seen.get()));
    }
    target.standIns(all);
    target.standIn(shown);
  }
}
