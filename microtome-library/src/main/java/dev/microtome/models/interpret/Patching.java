package dev.microtome.models.interpret;

import java.util.List;

/// What it does to put parts of the clean run into the corrupt one.
///
/// @param method how it was found
/// @param contrast the prompts and their answers
/// @param clean the logit difference `answer − wrong` after the clean prompt
/// @param corrupt the same after the corrupt prompt
/// @param maps one for each kind of part that was asked for
public record Patching(
    Method method, Contrast contrast, double clean, double corrupt, List<PatchMap> maps) {
  /// How effects were found.
  public enum Method {
    /// By running the network with each patch.
    MEASURED,
    /// From gradients, all at once; see [AttributionPatching].
    ESTIMATED
  }

  public Patching {
    maps = List.copyOf(maps);
    if (Math.abs(clean - corrupt) < 1e-6) {
      throw new IllegalArgumentException(
          "the model prefers \"%s\" to \"%s\" equally after both prompts (logit difference %.4f): there is nothing to restore; choose other answers or prompts"
              .formatted(contrast.answer().text(), contrast.wrong().text(), clean));
    }
  }

  /// The map of one kind of part.
  public PatchMap map(Part part) {
    return maps.stream()
        .filter(map -> map.part() == part)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("the " + part.title() + " was not patched"));
  }

  /// The logit difference an effect amounts to.
  public double difference(double effect) {
    return corrupt + effect * (clean - corrupt);
  }

  static double effect(double difference, double clean, double corrupt) {
    return (difference - corrupt) / (clean - corrupt);
  }
}
