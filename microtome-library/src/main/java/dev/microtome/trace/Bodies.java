package dev.microtome.trace;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The nodes that stand in loops. They are not waited for one by one: their loop waits for all they
/// need from outside, and then runs them in order.
final class Bodies {
  private static final int[] NONE = {};

  private final Graph graph;
  private final Map<Integer, int[]> bodies = new HashMap<>();
  private final Map<Integer, int[]> outside = new HashMap<>();
  private final boolean[] repeated;

  Bodies(Graph graph) {
    this.graph = graph;
    this.repeated = new boolean[graph.size()];
    Map<Integer, TreeSet<Integer>> inner = new HashMap<>();
    Map<Integer, TreeSet<Integer>> needs = new HashMap<>();
    for (Node node : graph.nodes()) {
      int loop = Regions.innermostLoop(graph, node);
      if (loop != Node.UNKNOWN) {
        repeated[node.id()] = true;
        inner.computeIfAbsent(loop, _ -> new TreeSet<>()).add(node.id());
        int outermost = Regions.loopOf(graph, node.guard());
        for (int dependency : node.dependencies()) {
          if (dependency != outermost && !isInside(dependency, outermost)) {
            needs.computeIfAbsent(outermost, _ -> new TreeSet<>()).add(dependency);
          }
        }
      }
    }
    inner.forEach((loop, ids) -> bodies.put(loop, array(ids)));
    needs.forEach((loop, ids) -> {
      for (int own : graph.node(loop).dependencies()) {
        ids.add(own);
      }
      outside.put(loop, array(ids));
    });
  }

  private boolean isInside(int id, int outermost) {
    return Regions.loopOf(graph, graph.node(id).guard()) == outermost;
  }

  private static int[] array(Set<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  boolean contains(int id) {
    return repeated[id];
  }

  int[] of(int loop) {
    return bodies.getOrDefault(loop, NONE);
  }

  /// What a node waits for.
  int[] dependencies(int id) {
    int[] more = outside.get(id);
    return more == null ? graph.node(id).dependencies() : more;
  }
}
