package dev.microtome.trace;

import org.jspecify.annotations.Nullable;

/// Where the nodes of branches and loops may be used from.
///
/// Each node stands in at most one branch or loop, its guard, which may itself stand in another. A
/// value is known in its own region and in those inside it; outside, a [Step.Choose] or the state
/// of the loop stands for it.
final class Regions {
  private Regions() {}

  /// Whether a step does something only where it stands. Reading what passes does not.
  static boolean isGuarded(Step step) {
    return switch (step) {
      case Step.Argument _, Step.Parameter _, Step.Cache _, Step.Earlier _ -> false;
      default -> true;
    };
  }

  /// Refuses a node that can't stand where it does, or uses what it can't see.
  static void check(Graph graph, Node node) {
    int guard = node.guard();
    if (guard != Node.UNKNOWN) {
      Step region = graph.node(guard).step();
      if (!(region instanceof Step.Branch || region instanceof Step.Repeat)) {
        throw refused(node, "node %d is neither a branch nor a loop".formatted(guard));
      }
      if (loopOf(graph, guard) != Node.UNKNOWN && !canRepeat(node.step())) {
        throw refused(
            node, "a loop computes; change layers and go backward outside it, or step by step");
      }
    }
    for (int dependency : node.dependencies()) {
      Node used = graph.node(dependency);
      if (!sees(graph, guard, used.guard()) && !chooses(graph, node, used)) {
        throw refused(
            node,
            "%s is only known inside its branch or loop; return it from there to use it after"
                .formatted(used.label()));
      }
    }
  }

  private static boolean canRepeat(Step step) {
    return switch (step) {
      case Step.Call call -> !call.op().equals("backward");
      case Step.Pick _, Step.Branch _, Step.Choose _, Step.Repeat _, Step.Next _ -> true;
      case Step.Log _ -> true;
      default -> false;
    };
  }

  private static boolean sees(Graph graph, int from, int guard) {
    for (int at = from; at != Node.UNKNOWN; at = graph.node(at).guard()) {
      if (at == guard) {
        return true;
      }
    }
    return guard == Node.UNKNOWN;
  }

  // Either side of a condition, from where the condition stands.
  private static boolean chooses(Graph graph, Node node, Node used) {
    return node.step() instanceof Step.Choose choose
        && used.guard() != Node.UNKNOWN
        && graph.node(used.guard()).step() instanceof Step.Branch side
        && graph.node(choose.branch().id()).step() instanceof Step.Branch chosen
        && side.condition().equals(chosen.condition())
        && sees(graph, node.guard(), graph.node(used.guard()).guard());
  }

  /// The outermost loop around what stands in `guard`, or [Node#UNKNOWN].
  static int loopOf(Graph graph, int guard) {
    int loop = Node.UNKNOWN;
    for (int at = guard; at != Node.UNKNOWN; at = graph.node(at).guard()) {
      loop = graph.node(at).step() instanceof Step.Repeat ? at : loop;
    }
    return loop;
  }

  /// The innermost loop around `node`, or [Node#UNKNOWN].
  static int innermostLoop(Graph graph, Node node) {
    for (int at = node.guard(); at != Node.UNKNOWN; at = graph.node(at).guard()) {
      if (graph.node(at).step() instanceof Step.Repeat) {
        return at;
      }
    }
    return Node.UNKNOWN;
  }

  private static IllegalStateException refused(Node node, String why) {
    @Nullable String line = node.line();
    return new IllegalStateException(
        node.label() + ": " + why + (line == null ? "" : " (at " + line + ")"));
  }
}
