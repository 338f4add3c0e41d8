package dev.microtome.trace;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The graphs of a session's traces, in order, where later ones use values of earlier ones.
final class SessionGraphs {
  private SessionGraphs() {}

  /// Runs one of the graphs.
  @FunctionalInterface
  interface Runner {
    Interleaver run(Plan plan, int index);
  }

  /// Runs all of them, and returns the saved values of each by node id.
  static List<Map<Integer, Object>> run(List<Graph> graphs, Runner runner) {
    check(graphs);
    List<Answers> done = new ArrayList<>();
    List<Map<Integer, Object>> saved = new ArrayList<>();
    for (int i = 0; i < graphs.size(); i++) {
      Plan.Elsewhere earlier = (trace, node) -> done.get(trace).value(graphs.get(trace).node(node));
      var plan = new Plan(graphs.get(i), new Plan.Around(null, handedOn(graphs, i), earlier));
      try {
        done.add(runner.run(plan, i).answers());
      } catch (RuntimeException failed) {
        throw graphs.size() == 1 ? failed : new SessionException(i, graphs.size(), null, failed);
      }
      saved.add(done.getLast().saved());
    }
    return saved;
  }

  /// Refuses references to what is no earlier trace, or no node of it.
  static void check(List<Graph> graphs) {
    for (int i = 0; i < graphs.size(); i++) {
      for (Node node : graphs.get(i).nodes()) {
        if (node.step() instanceof Step.Earlier(int trace, int id)
            && (trace < 0 || trace >= i || id < 0 || id >= graphs.get(trace).size())) {
          throw new IllegalArgumentException(
              "node %d of trace %d refers to node %d of trace %d, which does not come before it"
                  .formatted(node.id(), i + 1, id, trace + 1));
        }
      }
    }
  }

  private static Set<Integer> handedOn(List<Graph> graphs, int trace) {
    var ids = new HashSet<Integer>();
    for (Graph graph : graphs) {
      for (Node node : graph.nodes()) {
        if (node.step() instanceof Step.Earlier earlier && earlier.trace() == trace) {
          ids.add(earlier.node());
        }
      }
    }
    return ids;
  }
}
