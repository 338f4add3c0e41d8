package dev.microtome.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Frees the tensors a block made, at its end, except what it returns or [Tensor#save]s.
///
/// ```java
/// Tensor loss = Scope.run(() -> step(batch));
/// ```
///
/// Tensors are found inside returned records, lists, maps and arrays. Never needed for correctness;
/// it makes memory flat in hot loops.
public final class Scope {
  private static final ScopedValue<Scope> CURRENT = ScopedValue.newInstance();

  private final @Nullable Scope outer;
  private List<NativeHandle> made = new ArrayList<>();
  private int sweepAt = 1024;

  private Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  /// Runs `body` and frees what it made except what it returns.
  public static <T extends @Nullable Object> T run(Supplier<T> body) {
    Scope outer = CURRENT.isBound() ? CURRENT.get() : null;
    var scope = new Scope(outer);
    Set<NativeHandle> returned = Collections.newSetFromMap(new IdentityHashMap<>());
    try {
      T result = ScopedValue.where(CURRENT, scope).call(body::get);
      Values.forEach(
          result,
          tensor -> {
            if (tensor instanceof DenseTensor dense) {
              returned.add(dense.owned());
            } else if (tensor instanceof Record) {
              tensor.save(); // several tensors in one, such as numbers with their grid
            }
          });
      return result;
    } finally {
      scope.end(returned);
    }
  }

  /// Runs `body` and frees everything it made.
  public static void run(Runnable body) {
    Scope.<@Nullable Object>run(() -> {
      body.run();
      return null;
    });
  }

  /// A token for the innermost scope here, equal for the same one only: tells whether a value that
  /// was made now will be freed before one that was made then.
  public static Object current() {
    return CURRENT.isBound() ? CURRENT.get() : Scope.class;
  }

  static void register(NativeHandle handle) {
    if (CURRENT.isBound()) {
      CURRENT.get().add(handle);
    }
  }

  private synchronized void add(NativeHandle handle) {
    made.add(handle);
    if (made.size() == sweepAt) { // long blocks: forget what the collector has freed
      made.removeIf(NativeHandle::isReleased);
      sweepAt = Math.max(1024, 2 * made.size());
    }
  }

  private synchronized void end(Set<NativeHandle> returned) {
    List<NativeHandle> mine = made;
    made = new ArrayList<>();
    for (NativeHandle handle : mine) {
      if (returned.contains(handle)) {
        if (outer != null) {
          outer.add(handle);
        }
      } else if (!handle.isKept()) {
        handle.run();
      }
    }
  }
}
