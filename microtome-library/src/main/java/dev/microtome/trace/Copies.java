package dev.microtome.trace;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Graphs that share a run, one for each of several inputs, put together as one.
public final class Copies {
  private Copies() {}

  /// Whether the graph does the same to each input when they share a run. Backward passes are told
  /// apart by their order in a run, so they do not; `as_strided` goes by the memory behind a
  /// tensor, where other inputs' rows are.
  public static boolean arePossible(Graph graph) {
    return graph.nodes().stream()
        .allMatch(node ->
            switch (node.step()) {
              case Step.Argument _, Step.Parameter _, Step.Swap _, Step.Skip _, Step.Pick _ -> true;
              case Step.Branch _, Step.Choose _, Step.Repeat _, Step.Next _ -> true;
              case Step.Call call ->
                  !call.op().equals("backward") && !call.op().equals("aten::as_strided");
              default -> false;
            });
  }

  /// `count` copies one after the other; copy `i` is invoke `i`, its node `n` stands at `i *
  /// graph.size() + n`.
  static Graph of(Graph graph, int count) {
    return of(Collections.nCopies(count, graph));
  }

  /// The nodes of each graph after those of the graphs before it; graph `i` is invoke `i`. The run
  /// may end early when all of them say so.
  public static Graph of(List<Graph> graphs) {
    var copies = new Graph();
    for (int invoke = 0; invoke < graphs.size(); invoke++) {
      int shift = copies.size();
      for (Node node : graphs.get(invoke).nodes()) {
        int guard = node.guard() == Node.UNKNOWN ? Node.UNKNOWN : node.guard() + shift;
        Node copy = copies.addLike(node, moved(node.step(), invoke, shift), guard);
        if (node.isSaved()) {
          copy.save();
        }
      }
    }
    if (graphs.stream().allMatch(Graph::endsEarly)) {
      copies.endEarly();
    }
    return copies;
  }

  private static Step moved(Step step, int invoke, int shift) {
    return switch (step) {
      case Step.Argument(Site site, int piece) -> new Step.Argument(site.of(invoke), piece);
      case Step.Swap(Site site, int piece, Object value) ->
          new Step.Swap(site.of(invoke), piece, moved(value, shift));
      case Step.Skip(Site site, Object value) ->
          new Step.Skip(site.of(invoke), moved(value, shift));
      case Step.Pick(Step.Ref of, int index) -> new Step.Pick(moved(of, shift), index);
      case Step.Parameter parameter -> parameter;
      case Step.Branch(Step.Ref condition, boolean taken) ->
          new Step.Branch(moved(condition, shift), taken);
      case Step.Choose(Step.Ref branch, Object then, Object otherwise) ->
          new Step.Choose(moved(branch, shift), moved(then, shift), moved(otherwise, shift));
      case Step.Repeat(Object times, List<Object> start) ->
          new Step.Repeat(moved(times, shift), moved(start, shift));
      case Step.Next(Step.Ref repeat, List<Object> state) ->
          new Step.Next(moved(repeat, shift), moved(state, shift));
      case Step.Call(String op, List<@Nullable Object> args) ->
          new Step.Call(op, References.moved(args, shift));
      default -> throw new IllegalArgumentException("can't be copied: " + step);
    };
  }

  private static Object moved(Object value, int shift) {
    return value instanceof Step.Ref ref ? moved(ref, shift) : value;
  }

  private static List<Object> moved(List<Object> values, int shift) {
    return values.stream().map(value -> moved(value, shift)).toList();
  }

  private static Step.Ref moved(Step.Ref ref, int shift) {
    return new Step.Ref(ref.id() + shift);
  }
}
