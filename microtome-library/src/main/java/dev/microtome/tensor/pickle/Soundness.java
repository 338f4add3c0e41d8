package dev.microtome.tensor.pickle;

import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Entry;
import dev.microtome.tensor.pickle.Pickled.Items;
import dev.microtome.tensor.pickle.Pickled.Mapping;
import dev.microtome.tensor.pickle.Pickled.Script;
import dev.microtome.tensor.pickle.Pickled.Tuple;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/// What only shows when a pickle is complete: it must not contain itself nor be nested out of
/// reason, for whoever walks it does so by recursion.
final class Soundness {
  private static final int DEEPEST = 200;

  /// A node on the way down and its parts still to be looked at.
  private record Level(Pickled node, Iterator<Pickled> parts) {}

  private Soundness() {}

  static void check(Pickled root, Fault fault) {
    IdentityHashMap<Pickled, Integer> heights =
        new IdentityHashMap<>(); // -1 while a node is being looked at
    var way = new ArrayDeque<Level>();
    enter(root, heights, way);
    while (!way.isEmpty()) {
      Level level = way.getLast();
      if (level.parts().hasNext()) {
        Pickled part = level.parts().next();
        Integer known = heights.get(part);
        if (known == null) enter(part, heights, way);
        else if (known < 0) throw fault.refused("a list or dictionary contains itself");
        else if (way.size() + known > DEEPEST) throw deep(fault);
      } else {
        way.removeLast();
        heights.put(level.node(), height(level.node(), heights));
      }
      if (way.size() > DEEPEST) throw deep(fault);
    }
  }

  private static TorchFileException deep(Fault fault) {
    return fault.refused("more than %d values are nested in each other", DEEPEST);
  }

  private static void enter(
      Pickled node, IdentityHashMap<Pickled, Integer> heights, ArrayDeque<Level> way) {
    var parts = parts(node).iterator();
    if (parts.hasNext()) {
      heights.put(node, -1);
      way.addLast(new Level(node, parts));
    }
  }

  private static int height(Pickled node, IdentityHashMap<Pickled, Integer> heights) {
    return 1 + parts(node).mapToInt(part -> heights.getOrDefault(part, 0)).max().orElse(0);
  }

  private static Stream<Pickled> parts(Pickled node) {
    return switch (node) {
      case Tuple tuple -> tuple.items.stream();
      case Items list -> list.items.stream();
      case Mapping mapping ->
          Stream.concat(
              mapping.entries.values().stream().map(Entry::value),
              Stream.ofNullable(mapping.attributes));
      case Call call -> Stream.of(call.arguments);
      case Script script -> Stream.ofNullable(script.state);
      default -> List.<Pickled>of().stream();
    };
  }
}
