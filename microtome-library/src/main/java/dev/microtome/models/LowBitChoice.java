package dev.microtome.models;

import dev.microtome.dynamic.choice.Choice;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Linear layers with weights of few bits as a form to choose, beside those of
/// [dev.microtome.dynamic.choice].
///
/// @param settings bits, groups, solver
/// @param rule which paths may take the form
public record LowBitChoice(LowBit settings, Predicate<String> rule) implements Choice {
  /// Everywhere.
  public LowBitChoice(LowBit settings) {
    this(settings, _ -> true);
  }

  @Override
  public String name() {
    return settings.width() + " bits";
  }

  @Override
  public @Nullable Layer<?, ?> quantized(String path, Layer<?, ?> layer) {
    if (!rule.test(path)) return null;
    return switch (layer) {
      case Linear linear -> form(path, linear);
      case Conv1D linear -> form(path, linear);
      default -> null;
    };
  }

  private Layer<?, ?> form(String path, LinearLike linear) {
    try {
      return LowBitLinear.of(linear, settings).freeze();
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(path + ": " + refused.getMessage(), refused);
    }
  }
}
