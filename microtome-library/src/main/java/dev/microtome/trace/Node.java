package dev.microtome.trace;

import dev.microtome.tensor.TorchException;
import dev.microtome.tensor.UserCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of a [Graph]: a [Step], where the user's code asked for it, and whether its value is
/// kept.
public final class Node {
  static final int UNKNOWN = -1;

  private final int id;
  private final Step step;
  private final StackWalker.@Nullable StackFrame asked;
  private final int[] dependencies;
  private final int root;
  private final int guard;
  private boolean saved;

  Node(int id, Step step, StackWalker.@Nullable StackFrame asked, int root, int guard) {
    this.id = id;
    this.step = step;
    this.asked = asked;
    this.root = root;
    this.guard = guard;
    this.dependencies = dependencies(step, guard);
  }

  public int id() {
    return id;
  }

  public Step step() {
    return step;
  }

  public boolean isSaved() {
    return saved;
  }

  void save() {
    saved = true;
  }

  /// Ids of the nodes whose values this one needs, ascending, each once.
  int[] dependencies() {
    return dependencies;
  }

  /// The [Step.Argument], [Step.Parameter] or [Step.Gradient] whose memory this value shares, or
  /// [#UNKNOWN].
  int root() {
    return root;
  }

  /// The [Step.Branch] or [Step.Repeat] this node stands in, or [#UNKNOWN].
  int guard() {
    return guard;
  }

  /// Whether running this node changes something beside its own value.
  boolean hasEffect() {
    return switch (step) {
      case Step.Swap _, Step.Skip _, Step.GradientSwap _, Step.Repeat _, Step.Log _ -> true;
      case Step.Call call -> call.hasEffect();
      default -> false;
    };
  }

  StackWalker.@Nullable StackFrame asked() {
    return asked;
  }

  /// `Ablation.java:14`, or null when unknown.
  public @Nullable String line() {
    return asked == null ? null : UserCode.describe(asked);
  }

  /// What an operation refused, with the line that asked for it: it is more use than the one that
  /// ran it.
  TorchException askedFor(TorchException refused) {
    String line = line();
    return line == null ? refused : refused.askedForAt(line);
  }

  /// What this node is, for messages: `%3 aten::argmax`.
  public String label() {
    String what =
        switch (step) {
          case Step.Argument argument -> argument.site().toString();
          case Step.Parameter parameter -> parameter.path();
          case Step.Swap swap -> "swap " + swap.site();
          case Step.Skip skip -> "skip " + skip.site().path();
          case Step.Gradient gradient -> "gradient of %" + gradient.of().id();
          case Step.GradientSwap swap -> "gradient swap %" + swap.gradient().id();
          case Step.Pick pick -> "pick " + pick.index();
          case Step.Earlier earlier -> "%" + earlier.node() + " of trace " + (earlier.trace() + 1);
          case Step.Branch branch ->
              (branch.taken() ? "when %" : "unless %") + branch.condition().id();
          case Step.Choose choose -> "either of %" + choose.branch().id();
          case Step.Repeat repeat -> "repeat with " + repeat.start().size() + " values";
          case Step.Next next -> "next of %" + next.repeat().id();
          case Step.Log log -> "log " + log.text();
          case Step.Cache cache -> "cache of " + cache.paths().size() + " layers";
          case Step.Call call -> call.op();
        };
    return "%" + id + " " + what;
  }

  static int[] dependencies(Step step, int guard) {
    var found = new ArrayList<Integer>();
    if (guard != UNKNOWN) {
      found.add(guard);
    }
    switch (step) {
      case Step.Argument _, Step.Parameter _, Step.Cache _, Step.Earlier _ -> {}
      case Step.Swap swap -> collect(swap.value(), found);
      case Step.Skip skip -> collect(skip.value(), found);
      case Step.Gradient gradient -> collect(gradient.of(), found);
      case Step.GradientSwap swap -> {
        collect(swap.gradient(), found);
        collect(swap.value(), found);
      }
      case Step.Pick pick -> collect(pick.of(), found);
      case Step.Branch branch -> collect(branch.condition(), found);
      case Step.Choose choose ->
          collect(List.of(choose.branch(), choose.then(), choose.otherwise()), found);
      case Step.Repeat repeat -> collect(List.of(repeat.times(), repeat.start()), found);
      case Step.Next next -> collect(List.of(next.repeat(), next.state()), found);
      case Step.Log log -> collect(log.values(), found);
      case Step.Call call -> collect(call.args(), found);
    }
    return found.stream().mapToInt(Integer::intValue).distinct().sorted().toArray();
  }

  private static void collect(@Nullable Object arg, List<Integer> found) {
    References.forEach(arg, ref -> found.add(ref.id()));
  }

  @Override
  public String toString() {
    return label();
  }
}
