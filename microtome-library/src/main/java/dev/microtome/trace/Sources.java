package dev.microtome.trace;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Where a value of a graph comes from.
final class Sources {
  private Sources() {}

  /// Of the layers' values that node `id` is computed from, itself included, the one with the
  /// highest `rank`; null when none has a rank of 0 or more.
  static @Nullable Node latest(Graph graph, int id, IntUnaryOperator rank) {
    Deque<Integer> open = new ArrayDeque<>();
    var seen = new BitSet();
    Node latest = null;
    open.add(id);
    while (!open.isEmpty()) {
      int next = open.remove();
      if (seen.get(next)) {
        continue;
      }
      seen.set(next);
      Node node = graph.node(next);
      int own = rank.applyAsInt(next);
      if (node.step() instanceof Step.Argument
          && own >= 0
          && (latest == null || own > rank.applyAsInt(latest.id()))) {
        latest = node;
      }
      for (int dependency : node.dependencies()) {
        open.add(dependency);
      }
    }
    return latest;
  }
}
