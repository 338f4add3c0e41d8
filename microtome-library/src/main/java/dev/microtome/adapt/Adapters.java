package dev.microtome.adapt;

import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.NearNames;
import dev.microtome.nn.Slot;
import dev.microtome.nn.StandIns;
import dev.microtome.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/// The adapters of a network: add, switch, remove and merge them, everywhere at once.
///
/// ```java
/// Adapters adapters = Adapters.of(network);
/// adapters.use("french");
/// Merged merged = adapters.merge();
/// ```
public final class Adapters {
  private final Layer<?, ?> network;

  private Adapters(Layer<?, ?> network) {
    this.network = network;
  }

  /// The adapters there are, and will be, in a network.
  public static Adapters of(Layer<?, ?> network) {
    return new Adapters(network);
  }

  /// Adds an adapter beside each linear layer whose path the rule takes, freezes everything else
  /// and uses it alone.
  ///
  /// @throws IllegalArgumentException when the rule takes no place, or one has an adapter of that
  ///   name; then nothing was changed
  public Adapters add(String name, Lora settings, Predicate<String> rule) {
    var made = new LinkedHashMap<String, LowRank>();
    LinearPlaces.of(network, rule.and(settings.whole().outside()))
        .forEach((path, slot) -> made.put(path, LowRank.of(baseOf(slot), settings)));
    var whole = new LinkedHashMap<String, Tensor>();
    Map<String, Tensor> own = StandIns.of(network).parameters();
    settings
        .whole()
        .paths(network, made.keySet())
        .forEach(path -> whole.put(path, Objects.requireNonNull(own.get(path)).detach().copy()));
    return add(name, made, whole);
  }

  /// Adds one adapter by name, given as its parts by path.
  ///
  /// @throws IllegalArgumentException when a part does not fit its place, or the place has an
  ///   adapter of that name; then nothing was changed
  public Adapters add(String name, Map<String, LowRank> parts) {
    return add(name, parts, Map.of());
  }

  /// Adds one adapter that brings parameters of its own, too.
  ///
  /// @param whole by the path of the parameter of the network they stand in for; trainable from now
  ///   on
  /// @throws IllegalArgumentException when one does not fit; then nothing was changed
  public Adapters add(String name, Map<String, LowRank> parts, Map<String, Tensor> whole) {
    Map<String, Slot<Tensor, Tensor>> places = LinearPlaces.of(network, parts::containsKey);
    checkNew(name, parts, places);
    StandIns.of(network).add(name, whole);
    network.freeze();
    whole.values().forEach(tensor -> tensor.requiresGrad_(true));
    places.forEach((path, slot) -> {
      LowRank part = parts.get(path);
      if (part != null) {
        var all = new LinkedHashMap<String, LowRank>();
        if (slot.get() instanceof AdaptedLinear adapted) {
          all.putAll(adapted.adapters());
        }
        part.unfreeze();
        all.put(name, part);
        slot.set(new AdaptedLinear(baseLayer(slot), all));
      }
    });
    use(name);
    return this;
  }

  private void checkNew(
      String name, Map<String, LowRank> parts, Map<String, Slot<Tensor, Tensor>> places) {
    if (name.isEmpty() || name.indexOf('.') >= 0 || name.equals("base_layer")) {
      throw new IllegalArgumentException(
          "'%s' can't name an adapter: give a word without dots".formatted(name));
    }
    parts.forEach((path, part) -> {
      Slot<Tensor, Tensor> slot = places.get(path);
      if (slot == null) {
        throw new IllegalArgumentException(
            "there is no linear layer '%s' for adapter '%s'%s"
                .formatted(path, name, NearNames.hint(path, LinearPlaces.of(network).keySet())));
      }
      if (slot.get() instanceof AdaptedLinear adapted && adapted.adapters().containsKey(name)) {
        throw new IllegalArgumentException(
            "%s already has an adapter '%s'; remove it or choose another name"
                .formatted(path, name));
      }
      AdaptedLinear.check(name + "' of '" + path, part, baseOf(slot));
    });
  }

  private static LinearLike baseOf(Slot<Tensor, Tensor> slot) {
    return (LinearLike) baseLayer(slot);
  }

  private static Layer<Tensor, Tensor> baseLayer(Slot<Tensor, Tensor> slot) {
    return slot.get() instanceof AdaptedLinear adapted ? adapted.basePlace().get() : slot.get();
  }

  /// The layers that have adapters, by path.
  public Map<String, AdaptedLinear> layers() {
    var found = new LinkedHashMap<String, AdaptedLinear>();
    LinearPlaces.of(network)
        .forEach((path, slot) -> {
          if (slot.get() instanceof AdaptedLinear adapted) {
            found.put(path, adapted);
          }
        });
    return Collections.unmodifiableMap(found);
  }

  /// What else holds matrices, by path, and why no adapter is beside it.
  public Map<String, String> left() {
    return LinearPlaces.others(network, layers().keySet());
  }

  /// The names of all adapters.
  public Set<String> names() {
    var names = new LinkedHashSet<String>();
    layers().values().forEach(layer -> names.addAll(layer.adapters().keySet()));
    return names;
  }

  /// The parts of one adapter by path.
  ///
  /// @throws IllegalArgumentException when there is none of that name; near names are suggested
  public Map<String, LowRank> parts(String name) {
    checkKnown(name);
    var found = new LinkedHashMap<String, LowRank>();
    layers()
        .forEach((path, layer) -> {
          LowRank part = layer.adapters().get(name);
          if (part != null) {
            found.put(path, part);
          }
        });
    return Collections.unmodifiableMap(found);
  }

  /// The parameters one adapter brings as they are, by the paths they had before any adapter.
  public Map<String, Tensor> whole(String name) {
    checkKnown(name);
    var found = new LinkedHashMap<String, Tensor>();
    StandIns.of(network).of(name).forEach((path, tensor) -> found.put(Whole.plain(path), tensor));
    return Collections.unmodifiableMap(found);
  }

  private void checkKnown(String name) {
    Set<String> names = names();
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          "there is no adapter '%s'%s".formatted(name, NearNames.hint(name, names)));
    }
  }

  /// Turns just these adapters on; without names, none: the network is as it was before.
  ///
  /// @throws IllegalArgumentException when there is none of a name, or two bring the same parameter
  ///   as it is; then nothing was changed
  public void use(String... names) {
    List.of(names).forEach(this::checkKnown);
    StandIns.of(network).use(List.of(names));
    layers()
        .values()
        .forEach(layer ->
            layer.use(List.of(names).stream().filter(layer.adapters()::containsKey).toList()));
  }

  /// Takes an adapter out.
  public void remove(String name) {
    checkKnown(name);
    StandIns.of(network).remove(name);
    LinearPlaces.of(network)
        .values()
        .forEach(slot -> {
          if (slot.get() instanceof AdaptedLinear adapted && adapted.adapters().containsKey(name)) {
            remove(name, slot, adapted);
          }
        });
  }

  private static void remove(String name, Slot<Tensor, Tensor> slot, AdaptedLinear adapted) {
    var left = new LinkedHashMap<>(adapted.adapters());
    left.remove(name);
    Layer<Tensor, Tensor> base = adapted.basePlace().get();
    if (left.isEmpty()) {
      slot.set(base);
      return;
    }
    var next = new AdaptedLinear(base, left);
    next.use(adapted.active().stream().filter(left::containsKey).toList());
    slot.set(next);
  }

  /// Puts the active adapters, and parameters they bring as they are, into the network: each
  /// adapted layer is replaced by one of its base's kind (a quantized base is quantized again), as
  /// fast as before. The result undoes it.
  public Merged merge() {
    return Merged.of(network, layer -> layer.withWeight(layer.weight()));
  }

  /// Like [#merge], but every weight becomes a plain floating-point one: what is lost by quantizing
  /// again is not lost.
  public Merged mergeToFloat() {
    return Merged.of(network, layer -> layer.floatLayer(layer.weight()));
  }
}
