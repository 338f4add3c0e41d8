package dev.microtome.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A faster way to some calls of one of libtorch's operations, with the same result but for the
/// last digits. The door asks it before it calls libtorch.
interface Shortcut {
  /// The result, or null where only libtorch will do.
  @Nullable Tensor tryRun(List<?> args);

  /// The shortcut of operation `name`, such as `aten::linear`, or null when there is none.
  static @Nullable Shortcut of(String name) {
    return switch (name) {
      case "aten::linear" -> FewRows::linear;
      case "aten::addmm" -> FewRows::addmm;
      case "aten::cross_entropy_loss" -> CrossEntropy::mean;
      case "aten::scaled_dot_product_attention" -> FewQueries::attention;
      default -> null;
    };
  }
}
