package dev.microtome.tensor;

import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.jspecify.annotations.Nullable;

/// Whether operations are recorded for `backward`. The mode belongs to the thread and to a block,
/// so it can't leak: `Tensor loss = Grad.off(() -> evaluate(model));`
public final class Grad {
  static {
    Natives.load();
  }

  private Grad() {}

  /// PyTorch's `no_grad`.
  public static <T extends @Nullable Object> T off(Supplier<T> body) {
    return with(false, body);
  }

  public static void off(Runnable body) {
    with(false, body);
  }

  /// PyTorch's `enable_grad`.
  public static <T extends @Nullable Object> T on(Supplier<T> body) {
    return with(true, body);
  }

  public static void on(Runnable body) {
    with(true, body);
  }

  public static boolean isEnabled() {
    return GradMode.is_enabled();
  }

  private static void with(boolean enabled, Runnable body) {
    Grad.<@Nullable Object>with(
        enabled,
        () -> {
          body.run();
          return null;
        });
  }

  private static <T extends @Nullable Object> T with(boolean enabled, Supplier<T> body) {
    boolean before = GradMode.is_enabled();
    GradMode.set_enabled(enabled);
    try {
      return body.get();
    } finally {
      GradMode.set_enabled(before);
    }
  }
}
