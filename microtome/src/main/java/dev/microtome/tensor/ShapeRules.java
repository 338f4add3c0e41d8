package dev.microtome.tensor;

import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What shape-only tensors answer for operations libtorch's meta device can't run.
final class ShapeRules {
  private static final Map<String, Function<OpCall, ShapeOnly>> RULES = Map.of();

  private ShapeRules() {}

  /// The answer of the rule for this operation, or null when there is none.
  static @Nullable ShapeOnly answer(OpCall call) {
    var rule = RULES.get(call.name());
    return rule == null ? null : rule.apply(call);
  }
}
