package dev.microtome.adapt;

import dev.microtome.nn.Layer;
import dev.microtome.nn.NearNames;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// What an adapter trains as it is, beside its low-rank parts: PEFT's `bias` and `modules_to_save`.
/// The adapter brings copies of its own ([StandIns]), so that without it the network is what it
/// was; in PEFT biases, trained in place, stay.
///
/// @param bias which biases
/// @param modules ends of the paths of layers all of whose parameters are trained; no low-rank part
///   goes there
public record Whole(Bias bias, List<String> modules) {
  /// Which biases are trained.
  public enum Bias {
    NONE,
    /// Every one in the network.
    ALL,
    /// Those of the layers with a low-rank part.
    LORA_ONLY
  }

  /// Nothing.
  public static final Whole NOTHING = new Whole(Bias.NONE, List.of());

  private static final String BASE = ".base_layer.";

  public Whole {
    modules = List.copyOf(modules);
    if (modules.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("a module to save needs a name, got " + modules);
    }
  }

  public Whole withBias(Bias bias) {
    return new Whole(bias, modules);
  }

  public Whole withModules(List<String> modules) {
    return new Whole(bias, modules);
  }

  /// A rule that takes what lies in none of the modules.
  public Predicate<String> outside() {
    return path ->
        modules.stream().noneMatch(name -> ("." + path + ".").contains("." + name + "."));
  }

  /// The parameters meant, by path.
  ///
  /// @param targets the layers with a low-rank part
  /// @throws IllegalArgumentException when a module is not there or holds what can't be trained
  public Set<String> paths(Layer<?, ?> network, Collection<String> targets) {
    var found = new LinkedHashSet<String>();
    modules.forEach(name -> found.addAll(module(network, name)));
    for (String path : network.namedParameters().keySet()) {
      String plain = plain(path);
      if (bias != Bias.NONE && (plain.equals("bias") || plain.endsWith(".bias"))) {
        int end = plain.length() - "bias".length() - 1;
        if (bias == Bias.ALL || targets.contains(plain.substring(0, Math.max(0, end)))) {
          found.add(path);
        }
      }
    }
    return found;
  }

  private static Set<String> module(Layer<?, ?> network, String name) {
    Set<String> layers = network.namedLayers().keySet();
    List<String> meant = layers.stream().filter(path -> path.endsWith(name)).toList();
    if (meant.isEmpty()) {
      List<String> last = layers.stream().map(Whole::lastName).distinct().toList();
      throw new IllegalArgumentException(
          "no layer of %s is called '%s', which is to be trained whole%s"
              .formatted(network.getClass().getSimpleName(), name, NearNames.hint(name, last)));
    }
    var found = new LinkedHashSet<String>();
    meant.forEach(path -> found.addAll(parametersOf(network, path)));
    return found;
  }

  private static Set<String> parametersOf(Layer<?, ?> network, String path) {
    Layer<?, ?> layer = network.layer(path);
    Set<String> parameters = layer.namedParameters().keySet();
    var others = new LinkedHashSet<>(layer.stateDict().keySet());
    others.removeAll(parameters);
    if (parameters.isEmpty() || !others.isEmpty()) {
      throw new IllegalArgumentException(
          "%s can't be trained whole: it %s; leave it out, or quantize without it"
              .formatted(
                  path,
                  others.isEmpty()
                      ? "has no parameters"
                      : "holds what is no parameter: " + others));
    }
    if (layer.namedLayers().values().stream().anyMatch(AdaptedLinear.class::isInstance)) {
      throw new IllegalArgumentException(
          path + " can't be trained whole: it has adapters; remove or merge them first");
    }
    var found = new LinkedHashSet<String>();
    parameters.forEach(name -> found.add(path + "." + name));
    return found;
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /// A path as it was before any adapter.
  static String plain(String path) {
    return path.replace(BASE, ".");
  }

  /// A path as it is in PEFT's files, where biases of adapted layers are those of their base.
  static String stored(String plain, Collection<String> targets) {
    int dot = plain.lastIndexOf('.');
    return dot > 0 && targets.contains(plain.substring(0, dot))
        ? plain.substring(0, dot) + BASE + plain.substring(dot + 1)
        : plain;
  }
}
