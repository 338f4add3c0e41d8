package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// The places of a network that hold something linear, by path: where adapters and quantizers go.
/// What is inside a linear layer (the base of an adapter) is not a place of its own.
public final class LinearPlaces {
  /// The name of the output layer in language models, which is left alone unless it is asked for.
  private static final String HEAD = "lm_head";

  private LinearPlaces() {}

  /// Every place, in the order of the network.
  public static Map<String, Slot<Tensor, Tensor>> of(Layer<?, ?> network) {
    var found = new LinkedHashMap<String, Slot<Tensor, Tensor>>();
    collect("", network, found);
    return Collections.unmodifiableMap(found);
  }

  private static void collect(
      String path, Layer<?, ?> layer, Map<String, Slot<Tensor, Tensor>> found) {
    layer
        .children()
        .forEach((name, slot) -> {
          String here = LayerPaths.join(path, name);
          if (!(slot.get() instanceof LinearLike)) {
            collect(here, slot.get(), found);
          } else if (slot.isExchangeable()) {
            found.put(here, typed(slot));
          }
        });
  }

  @SuppressWarnings("unchecked") // something linear takes a tensor and gives one
  private static Slot<Tensor, Tensor> typed(Slot<?, ?> slot) {
    return (Slot<Tensor, Tensor>) slot;
  }

  /// The places a rule takes.
  ///
  /// @throws IllegalArgumentException when it takes none; the message names places there are
  public static Map<String, Slot<Tensor, Tensor>> of(Layer<?, ?> network, Predicate<String> rule) {
    var all = of(network);
    var taken = new LinkedHashMap<>(all);
    taken.keySet().removeIf(rule.negate());
    if (taken.isEmpty()) {
      throw new IllegalArgumentException(
          "the rule takes none of the %d linear layers of %s: %s"
              .formatted(all.size(), network.name(), shown(all)));
    }
    return Collections.unmodifiableMap(taken);
  }

  private static String shown(Map<String, ?> places) {
    List<String> some = places.keySet().stream().limit(8).toList();
    return String.join(", ", some) + (places.size() > some.size() ? ", …" : "");
  }

  /// What else of a network holds matrices, and why it is not among `taken`: places the rule left
  /// out, embeddings, and whatever is not linear. Says which weights are tied.
  public static Map<String, String> others(Layer<?, ?> network, Set<String> taken) {
    Set<String> places = of(network).keySet();
    var found = new LinkedHashMap<String, String>();
    LayerPaths.forEach(
        network,
        (path, layer) -> {
          boolean inside =
              taken.stream().anyMatch(other -> (path + ".").startsWith(other + "."))
                  || (!places.contains(path)
                      && places.stream().anyMatch(other -> path.startsWith(other + ".")));
          if (!inside && holdsMatrix(layer)) {
            String why =
                places.contains(path)
                    ? "the rule leaves it out"
                    : "is no linear layer (%s)".formatted(layer.name());
            found.put(path, why + tied(network, path, layer));
          }
        });
    return Collections.unmodifiableMap(found);
  }

  private static boolean holdsMatrix(Layer<?, ?> layer) {
    return (layer instanceof LinearLike && !layer.namedSlots().isEmpty())
        || layer.tensors().values().stream()
            .anyMatch(slot -> slot.isPresent() && slot.get().dim() > 1);
  }

  private static String tied(Layer<?, ?> network, String path, Layer<?, ?> layer) {
    for (var entry : State.slots(network).entrySet()) {
      for (var own : layer.tensors().entrySet()) {
        if (own.getValue().isPresent()
            && entry.getValue().root().equals(own.getValue().root())
            && !entry.getKey().equals(LayerPaths.join(path, own.getKey()))) {
          return ", shares its numbers with " + entry.getKey();
        }
      }
    }
    return "";
  }

  /// A rule that takes everything linear but `lm_head`.
  public static Predicate<String> allButHead() {
    return path -> !path.equals(HEAD) && !path.endsWith("." + HEAD);
  }

  /// A rule that takes paths that are one of `names` or end with a dot and one of them.
  ///
  /// @throws IllegalArgumentException when a name fits no place of `network`; near names are
  ///   suggested
  public static Predicate<String> named(Layer<?, ?> network, List<String> names) {
    var paths = of(network).keySet();
    for (String name : names) {
      if (paths.stream().noneMatch(path -> isNamed(path, name))) {
        var last = paths.stream().map(path -> path.substring(path.lastIndexOf('.') + 1));
        throw new IllegalArgumentException(
            "no linear layer of %s is called '%s'%s"
                .formatted(network.name(), name, NearNames.hint(name, last.distinct().toList())));
      }
    }
    return path -> names.stream().anyMatch(name -> isNamed(path, name));
  }

  private static boolean isNamed(String path, String name) {
    return path.equals(name) || path.endsWith("." + name);
  }
}
