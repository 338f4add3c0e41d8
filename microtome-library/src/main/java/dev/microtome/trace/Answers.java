package dev.microtome.trace;

import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The values of one run, by node. One that nobody waits for any more is let go during the run.
final class Answers {
  private final Plan plan;
  private final Graph graph;
  private final @Nullable Object[] values;
  private final int[] uses;
  private final BitSet done = new BitSet();
  private final BitSet passedOver = new BitSet();
  private final Object scope = Scope.current();
  private int missing;

  Answers(Plan plan) {
    this.plan = plan;
    graph = plan.graph();
    values = new @Nullable Object[graph.size()];
    uses = plan.uses();
    missing = plan.neededCount();
  }

  /// What a run elsewhere told.
  static Answers told(Plan plan, Map<Integer, Object> saved) {
    var answers = new Answers(plan);
    for (Node node : plan.graph().nodes()) {
      answers.values[node.id()] = saved.get(node.id());
      if (node.isSaved() && answers.values[node.id()] == null) {
        answers.passOver(node);
      }
    }
    return answers;
  }

  /// `arg` with each reference replaced by its value.
  @Nullable Object resolve(@Nullable Object arg) {
    return References.values(arg, ref -> values[ref.id()]);
  }

  @Nullable Object[] resolveAll(List<? extends @Nullable Object> args) {
    return args.stream().map(this::resolve).toArray();
  }

  /// `node` has run and gave `value`.
  void put(Node node, @Nullable Object value) {
    int id = node.id();
    boolean wanted = node.isSaved() || uses[id] > 0;
    if (wanted && value instanceof Tensor tensor) {
      outlast(tensor);
    }
    values[id] = wanted ? value : null;
    done.set(id);
    missing--;
  }

  // A procedure may free what each of its steps makes; values go on to later steps.
  private void outlast(Tensor value) {
    if (!scope.equals(Scope.current())) {
      value.save();
    }
  }

  /// `node` needs its arguments no longer.
  void release(Node node) {
    for (int dependency : plan.dependencies(node.id())) {
      if (--uses[dependency] == 0 && !graph.node(dependency).isSaved()) {
        values[dependency] = null;
      }
    }
  }

  boolean isDone(int id) {
    return done.get(id);
  }

  /// `node`, which runs again and again, gave `value` this time.
  void set(Node node, @Nullable Object value) {
    values[node.id()] = value;
  }

  /// Whether the branch `guard` was not taken.
  boolean isClosed(int guard) {
    return guard != Node.UNKNOWN && Boolean.FALSE.equals(values[guard]);
  }

  /// `node` stands in a branch that was not taken.
  void passOver(Node node) {
    passedOver.set(node.id());
  }

  boolean isPassedOver(Node node) {
    return passedOver.get(node.id());
  }

  List<?> resolveList(List<Object> args) {
    return (List<?>) Objects.requireNonNull(resolve(args));
  }

  /// Whether every node that must run has run.
  boolean isComplete() {
    return missing == 0;
  }

  /// The value of a node, or null when there is none.
  @Nullable Object orNull(Node node) {
    return values[node.id()];
  }

  static Map<Site, Object> emptyCache() {
    return new LinkedHashMap<>();
  }

  /// Adds what passes `site` now to the cache `node`.
  void fill(Node node, Site site, Activation activation) {
    Keep keep = ((Step.Cache) node.step()).keep();
    Object kept =
        activation.kept(
            site,
            whole -> {
              Tensor part = keep.of(whole);
              outlast(part);
              return part;
            });
    cached(node).put(site, kept);
  }

  /// What a cache holds.
  @SuppressWarnings("unchecked") // what a cache node gives
  Map<Site, Object> cached(Node node) {
    return (Map<Site, Object>) Objects.requireNonNull(values[node.id()]);
  }

  /// What was saved, by node id: tensors, or the values of a cache.
  Map<Integer, Object> saved() {
    Map<Integer, Object> saved = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (node.isSaved() && !isPassedOver(node)) {
        saved.put(node.id(), node.step() instanceof Step.Cache ? cached(node) : value(node));
      }
    }
    return saved;
  }

  /// The value of a node after the run.
  Tensor value(Node node) {
    if (values[node.id()] instanceof Tensor tensor) {
      return tensor;
    }
    if (isPassedOver(node)) {
      throw new MissingValueException(
          MissingValueException.Reason.NEVER_REACHED,
          node.label() + " stands in a branch that was not taken in this run",
          node.line());
    }
    throw new MissingValueException(
        MissingValueException.Reason.NOT_SAVED,
        node.label() + " was not kept: call save() on it, or return it from the trace",
        node.line());
  }
}
