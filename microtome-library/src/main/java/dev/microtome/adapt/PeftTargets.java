package dev.microtome.adapt;

import dev.microtome.nn.LinearPlaces;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which layers `adapter_config.json` means.
///
/// @param names ends of paths; empty when there is a pattern
/// @param pattern a regular expression over whole paths, or `all-linear`; null when there are names
/// @param exclude ends of paths that are left out
/// @param excludePattern or a regular expression over them
/// @param layers numbers of the blocks whose layers are meant by their names; null for all
/// @param layersPatterns names of the list of blocks; empty for any
public record PeftTargets(
    List<String> names,
    @Nullable String pattern,
    List<String> exclude,
    @Nullable String excludePattern,
    @Nullable List<Integer> layers,
    List<String> layersPatterns) {
  private static final String ALL_LINEAR = "all-linear";

  public PeftTargets {
    names = List.copyOf(names);
    exclude = List.copyOf(exclude);
    layers = layers == null ? null : List.copyOf(layers);
    layersPatterns = List.copyOf(layersPatterns);
    if (names.isEmpty() && pattern == null) {
      throw new IllegalArgumentException("the adapter names no target_modules");
    }
  }

  /// Layers by name, none left out.
  public PeftTargets(List<String> names) {
    this(names, null, List.of(), null, null, List.of());
  }

  /// Whether a layer is a target.
  public Predicate<String> rule() {
    return exclusion().negate().and(inclusion());
  }

  private Predicate<String> exclusion() {
    return excludePattern == null
        ? path -> isNamed(path, exclude)
        : PathPattern.of(excludePattern)::fits;
  }

  private Predicate<String> inclusion() {
    if (pattern == null) {
      Predicate<String> blocks = blocks();
      return path -> names.contains(path) || (isNamed(path, names) && blocks.test(path));
    }
    return pattern.toLowerCase(Locale.ROOT).equals(ALL_LINEAR)
        ? LinearPlaces.allButHead()
        : PathPattern.of(pattern)::fits;
  }

  /// Whether a path lies in one of the blocks, as PEFT finds its number: the first one after a
  /// name, or after one of the patterns.
  private Predicate<String> blocks() {
    List<Integer> wanted = layers;
    if (wanted == null || wanted.isEmpty()) {
      return _ -> true;
    }
    List<String> lists = layersPatterns.isEmpty() ? List.of("[^.]*") : layersPatterns;
    List<PathPattern> patterns =
        lists.stream().map(list -> PathPattern.of(".*?\\." + list + "\\.(\\d{1,9})\\..*")).toList();
    return path ->
        patterns.stream()
            .map(pattern -> pattern.group(path))
            .filter(number -> !number.isEmpty())
            .findFirst()
            .map(number -> wanted.contains(Integer.parseInt(number)))
            .orElse(false);
  }

  private static boolean isNamed(String path, List<String> names) {
    return names.stream().anyMatch(name -> path.equals(name) || path.endsWith("." + name));
  }

  /// Adds what the file says of it.
  void write(Map<String, @Nullable Object> json) {
    json.put("exclude_modules", excludePattern != null ? excludePattern : orNull(exclude));
    json.put("layers_pattern", orNull(layersPatterns));
    json.put("layers_to_transform", layers);
    json.put("target_modules", pattern == null ? new ArrayList<>(names) : pattern);
  }

  private static @Nullable List<String> orNull(List<String> names) {
    return names.isEmpty() ? null : names;
  }
}
