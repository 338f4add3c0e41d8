package dev.microtome.trace;

import dev.microtome.nn.Layer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The graphs of a session's traces, in order, where later ones use values of earlier ones.
final class SessionGraphs {
  private SessionGraphs() {}

  /// Runs one of the graphs.
  @FunctionalInterface
  interface Runner {
    Interleaver run(Plan plan, Run run);
  }

  /// Runs all of them, and returns the saved values of each by node id.
  static List<Map<Integer, Object>> run(
      List<Run> runs, Layer<?, ?> network, Watch watch, Runner runner) {
    List<Graph> graphs = runs.stream().map(Run::graph).toList();
    check(graphs);
    List<Answers> done = new ArrayList<>();
    List<Map<Integer, Object>> saved = new ArrayList<>();
    for (int i = 0; i < graphs.size(); i++) {
      Plan.Elsewhere earlier = (trace, node) -> done.get(trace).value(graphs.get(trace).node(node));
      Guard guard = guard(i, new Weights(network), watch);
      var around = new Plan.Around(null, handedOn(graphs, i), earlier, guard);
      try {
        done.add(runner.run(new Plan(graphs.get(i), around), runs.get(i)).answers());
      } catch (RuntimeException failed) {
        throw failed instanceof RunException ? failed : guard.failed(Node.UNKNOWN, failed);
      }
      saved.add(done.getLast().saved());
    }
    return saved;
  }

  private static Guard guard(int trace, Weights weights, Watch watch) {
    return new Guard() {
      @Override
      public void between() {
        watch.between();
      }

      @Override
      public void log(String line) {
        watch.log(line);
      }

      @Override
      public void calling(Step.Call call, @Nullable Object[] args) {
        weights.refuseChange(call, args);
      }

      @Override
      public RuntimeException failed(int node, RuntimeException cause) {
        return new RunException(trace, node, cause);
      }
    };
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
