package dev.microtome.nn;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;

/// An action registered on a layer; [#remove] (or `try`) takes it away again, also while hooks run.
public final class Hook implements AutoCloseable {
  /// Sees a value that enters or leaves a layer and returns what shall go on instead: the same
  /// object, or another of the same type.
  @FunctionalInterface
  public interface Action {
    Object apply(Layer<?, ?> layer, Object value);
  }

  /// Where a hook stands among those that are on a layer already.
  public enum Turn {
    FIRST,
    LAST
  }

  /// What an input hook returns for the layer not to run at all: its output is `output`.
  public record Skip(Object output) {}

  static final Hook[] NONE = {};

  private final Action action;
  private final Consumer<Hook> detach;
  private boolean removed;

  Hook(Action action, Consumer<Hook> detach) {
    this.action = Objects.requireNonNull(action, "no action");
    this.detach = detach;
  }

  /// Takes the action off its layer; doing so twice is fine.
  public void remove() {
    if (!removed) {
      removed = true;
      detach.accept(this);
    }
  }

  @Override
  public void close() {
    remove();
  }

  // The arrays are never written to, so a hook may add and remove others while this loops. Those
  // after one that skips the layer see the input all the same.
  static Object runAll(Hook[] hooks, Layer<?, ?> layer, Object value) {
    Object going = value;
    Skip skip = null;
    for (Hook hook : hooks) {
      if (!hook.removed) {
        Object next = hook.action.apply(layer, going);
        Objects.requireNonNull(next, () -> "a hook on " + layer.name() + " returned null");
        if (next instanceof Skip asked) {
          skip = asked;
        } else {
          going = next;
        }
      }
    }
    return skip != null ? skip : going;
  }

  static Hook[] with(Hook[] hooks, Hook added, Turn turn) {
    var longer = new Hook[hooks.length + 1];
    System.arraycopy(hooks, 0, longer, turn == Turn.FIRST ? 1 : 0, hooks.length);
    longer[turn == Turn.FIRST ? 0 : hooks.length] = added;
    return longer;
  }

  static Hook[] without(Hook[] hooks, Hook gone) {
    return Arrays.stream(hooks).filter(hook -> hook != gone).toArray(Hook[]::new);
  }
}
