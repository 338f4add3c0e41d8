package dev.microtome.tensor;

import org.jspecify.annotations.Nullable;

/// Tells the result of one operation from shapes and dtypes; null passes the question on to
/// libtorch's meta device.
@FunctionalInterface
interface ShapeRule {
  @Nullable Object answer(OpCall call);
}
