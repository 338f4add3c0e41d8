package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import dev.microtome.nn.LinearPlaces;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/// Which layers are quantized; mixed into the commands that do so.
final class LayersOption {
  @Option(
      names = "--layers",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Only layers of these names or paths.",
        "  Default: everything linear but lm_head"
      })
  private List<String> layers = List.of();

  /// The layers meant.
  ///
  /// @throws IllegalArgumentException when there is none of a name; near ones are suggested
  Predicate<String> rule(LanguageModel<?> model) {
    return rule(model, layers);
  }

  /// Layers of these names or paths; without any, everything linear but `lm_head`.
  static Predicate<String> rule(LanguageModel<?> model, List<String> names) {
    return names.isEmpty() ? LinearPlaces.allButHead() : LinearPlaces.named(model.network(), names);
  }
}
