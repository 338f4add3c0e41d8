package dev.microtome.models.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The variable `loop` inside a `for`.
final class LoopState implements Callable {
  private final List<Object> items;
  private final int depth;
  private final @Nullable Callable again;
  private final Budget budget;
  private @Nullable List<Object> watched;
  int index;

  LoopState(List<Object> items, int depth, @Nullable Callable again, Budget budget) {
    this.items = items;
    this.depth = depth;
    this.again = again;
    this.budget = budget;
  }

  Object attribute(String name) {
    int size = items.size();
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) size - index;
      case "revindex0" -> size - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == size - 1;
      case "length" -> (long) size;
      case "depth" -> (long) depth;
      case "depth0" -> depth - 1L;
      case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("\"loop.previtem\"");
      case "nextitem" ->
          index + 1 < size ? items.get(index + 1) : new Undefined("\"loop.nextitem\"");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) this::changed;
      default -> new Undefined("\"loop." + name + "\"");
    };
  }

  private Object cycle(Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw new TemplateFault("loop.cycle needs items");
    }
    return arguments.positional().get(index % arguments.positional().size());
  }

  private Object changed(Arguments arguments) {
    List<Object> now = arguments.positional();
    boolean changed = watched == null || !Values.equal(watched, now, budget);
    watched = now;
    return changed;
  }

  @Override
  public Object call(Arguments arguments) {
    if (again == null) {
      throw new TemplateFault("loop(…) needs a loop marked \"recursive\"");
    }
    return again.call(arguments);
  }
}
