package dev.microtome.trace;

import dev.microtome.tensor.UserCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The interventions of one trace: nodes in the order they were asked for. Data, never code; see
/// [GraphJson] for its written form.
public final class Graph {
  private final List<Node> nodes = new ArrayList<>();
  private int backwards;
  private boolean endsEarly;
  private int inside = Node.UNKNOWN;

  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  public int size() {
    return nodes.size();
  }

  Node node(int id) {
    return nodes.get(id);
  }

  /// The branch or loop that nodes are added to now, or [Node#UNKNOWN].
  int inside() {
    return inside;
  }

  void enter(int guard) {
    inside = guard;
  }

  /// Adds a node where the program stands; every reference in `step` must name an earlier one.
  Node add(Step step) {
    return add(step, Regions.isGuarded(step) ? inside : Node.UNKNOWN);
  }

  /// Adds a node to the branch or loop `guard`.
  Node add(Step step, int guard) {
    return add(step, guard, UserCode.frame());
  }

  /// Adds a node that was recorded elsewhere, on a line nobody knows here.
  Node addRead(Step step, int guard) {
    return add(step, guard, null);
  }

  private Node add(Step step, int guard, StackWalker.@Nullable StackFrame asked) {
    var node = new Node(nodes.size(), step, asked, rootOf(step, nodes.size()), guard);
    for (int dependency : node.dependencies()) {
      if (dependency < 0 || dependency >= nodes.size()) {
        throw new IllegalArgumentException(
            "node %d refers to node %d, which does not stand before it"
                .formatted(node.id(), dependency));
      }
    }
    Regions.check(this, node);
    refuseLastingChange(node);
    if (step instanceof Step.Call call && call.op().equals("backward")) {
      backwards++;
    }
    nodes.add(node);
    return node;
  }

  private void refuseLastingChange(Node node) {
    if (node.step() instanceof Step.Call call
        && call.writes()
        && node.root() != Node.UNKNOWN
        && nodes.get(node.root()).step() instanceof Step.Parameter(String path)) {
      throw new IllegalStateException(
          "%s would change %s for good; a trace leaves the network as it is, so %s"
              .formatted(
                  call.op(),
                  path,
                  call.op().equals("aten::requires_grad_")
                      ? "unfreeze the network before it"
                      : "copy() the parameter and work on that"));
    }
  }

  /// Adds a node that the line of `original` asked for, to the branch or loop `guard`.
  Node addLike(Node original, Step step, int guard) {
    var node = new Node(nodes.size(), step, original.asked(), rootOf(step, nodes.size()), guard);
    nodes.add(node);
    return node;
  }

  /// A graph with the same nodes, to be continued.
  Graph copy() {
    var copy = new Graph();
    for (Node node : nodes) {
      Node same = copy.add(node.step(), node.guard());
      if (node.isSaved()) {
        same.save();
      }
    }
    return copy;
  }

  /// Whether the run may end once everything is answered.
  public boolean endsEarly() {
    return endsEarly;
  }

  void endEarly() {
    endsEarly = true;
  }

  /// Backward passes asked for so far.
  public int backwards() {
    return backwards;
  }

  private int rootOf(Step step, int own) {
    return switch (step) {
      case Step.Argument _, Step.Parameter _, Step.Gradient _ -> own;
      case Step.Pick pick -> nodes.get(pick.of().id()).root();
      case Step.Call call when Aliases.sharesFirstArgument(call) ->
          call.args().getFirst() instanceof Step.Ref ref
              ? nodes.get(ref.id()).root()
              : Node.UNKNOWN;
      default -> Node.UNKNOWN;
    };
  }
}
