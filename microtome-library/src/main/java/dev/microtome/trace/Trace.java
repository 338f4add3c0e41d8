package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import dev.microtome.tensor.UserCode;
import dev.microtome.tensor.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One traced run. While it is open, what is asked through [#at] is recorded; [#run] answers it.
///
/// ```java
/// try (var t = model.trace(input)) {
///   hidden = t.at(net.layer1).output().save();
///   t.run();
/// }
/// ```
///
/// [Model#trace(Object, java.util.function.Function)] is this with the run and the saving built in.
public final class Trace implements AutoCloseable {
  private enum State {
    OPEN,
    DONE,
    CLOSED
  }

  private final Tracing tracing;
  private final Graph graph = new Graph();
  private final Recorder recorder;
  private State state = State.OPEN;
  private @Nullable Interleaver answers;

  /// What a trace needs of the model it belongs to.
  interface Tracing {
    String pathOf(Layer<?, ?> layer);

    void requirePath(String path);

    @Nullable ScannedRun scanned();

    String whyUnscanned();

    Interleaver run(Plan plan);
  }

  Trace(Tracing tracing) {
    this.tracing = tracing;
    this.recorder = new Recorder(this, graph, tracing.scanned());
  }

  /// The layer, wherever it stands in the network.
  public <I, O> At<I, O> at(Layer<I, O> layer) {
    requireOpen();
    return new At<>(this, tracing.pathOf(layer), 0);
  }

  /// The layer that sits in `slot`.
  public <I, O> At<I, O> at(Slot<I, O> slot) {
    return at(slot.get());
  }

  /// The layer at `path`, such as `transformer.h.11.mlp`; its input and output must be single
  /// tensors.
  public At<Tensor, Tensor> at(String path) {
    requireOpen();
    tracing.requirePath(path);
    return new At<>(this, path, 0);
  }

  /// Runs the network and answers everything recorded. Afterwards saved values act as their
  /// numbers.
  public void run() {
    requireOpen();
    refuseLateGradients();
    seal();
    answered(tracing.run(new Plan(graph)));
  }

  /// Nothing more is recorded.
  void seal() {
    state = State.CLOSED;
  }

  /// Values of this trace are those of `run` from now on.
  void answered(Interleaver run) {
    answers = run;
    state = State.DONE;
  }

  /// The body failed: nothing runs, and [#close] has nothing to complain about.
  void abandon() {
    state = State.CLOSED;
  }

  /// A trace must be run before it is left: silence would look like success.
  @Override
  public void close() {
    if (state == State.OPEN) {
      state = State.CLOSED;
      throw new IllegalStateException(
          "this trace was opened but never run; call run() at the end of the block");
    }
  }

  /// What was recorded, in order.
  public Graph graph() {
    return graph;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  Recorder recorder() {
    return recorder;
  }

  String whyUnscanned() {
    return tracing.whyUnscanned();
  }

  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // the site belongs to a layer whose value is a V
  <V> V read(Site site) {
    requireOpen();
    Object known = knownAt(site);
    if (known == null || known instanceof Tensor) {
      return (V) recorder.argument(site, 0, known instanceof ShapeOnly shape ? shape : null);
    }
    int[] piece = {0};
    return (V)
        Values.map(
            known,
            tensor ->
                recorder.argument(
                    site, piece[0]++, tensor instanceof ShapeOnly shape ? shape : null));
  }

  Tensor readTensor(Site site) {
    requireOpen();
    List<Tensor> known = Values.tensors(knownAt(site));
    boolean shaped = !known.isEmpty() && known.getFirst() instanceof ShapeOnly;
    return recorder.argument(site, 0, shaped ? (ShapeOnly) known.getFirst() : null);
  }

  void replace(Site site, @Nullable Object value) {
    requireOpen();
    List<Tensor> known = Values.tensors(knownAt(site));
    List<Tensor> next = Values.tensors(value);
    if (next.isEmpty() || (!known.isEmpty() && known.size() != next.size())) {
      throw new IllegalArgumentException(
          "%s holds %d tensors and can't be replaced by %d"
              .formatted(site, Math.max(1, known.size()), next.size()));
    }
    for (int i = 0; i < next.size(); i++) {
      boolean shaped = i < known.size() && known.get(i) instanceof ShapeOnly;
      // A record that was read, changed in one component and handed back swaps only that component.
      if (!recorder.isCurrent(site, i, next.get(i))) {
        recorder.swap(site, i, next.get(i), shaped ? (ShapeOnly) known.get(i) : null);
      }
    }
  }

  private @Nullable Object knownAt(Site site) {
    ScannedRun scanned = tracing.scanned();
    if (scanned == null) {
      return null;
    }
    Object known = scanned.value(site);
    if (known == null && scanned.order(new Site(site.path(), site.place(), 0)) < 0) {
      throw new MissingValueException(
          MissingValueException.Reason.NEVER_REACHED,
          site + ": the layer is not called on this input",
          UserCode.line());
    }
    if (known == null) {
      throw new MissingValueException(
          MissingValueException.Reason.TOO_FEW_CALLS,
          site + ": the layer is called fewer than " + (site.call() + 1) + " times",
          UserCode.line());
    }
    return known;
  }

  void refuseLateGradients() {
    for (Node node : graph.nodes()) {
      if (node.step() instanceof Step.Gradient gradient
          && gradient.backward() >= graph.backwards()) {
        throw new MissingValueException(
            MissingValueException.Reason.NEVER_REACHED,
            "%s is asked for after the last backward(); ask for gradients before it"
                .formatted(node.label()),
            node.line());
      }
    }
  }

  /// The value of `node` after the run.
  Tensor valueOf(Node node) {
    if (state == State.OPEN) {
      throw new MissingValueException(
          MissingValueException.Reason.NOT_RUN,
          "Accessing Proxy value before it's been set: %s exists only once the trace has run; choose"
                  .formatted(node.label())
              + " between values with where() instead of if",
          node.line());
    }
    return finished(node).value(node);
  }

  private Interleaver finished(Node node) {
    if (answers == null) {
      throw new MissingValueException(
          MissingValueException.Reason.CLOSED,
          node.label() + " belongs to a trace that failed or was closed without a run",
          node.line());
    }
    return answers;
  }

  /// The value of `node` for a later trace: a constant there.
  Tensor valueForAnotherTrace(Node node) {
    if (state == State.OPEN) {
      throw new IllegalStateException(
          node.label() + " belongs to another trace that has not run yet");
    }
    return finished(node).value(node);
  }

  private void requireOpen() {
    if (state != State.OPEN) {
      throw new IllegalStateException("this trace has already run; open a new one");
    }
  }

  /// Adds the user's line to a refusal that happened while the recorded operation ran.
  static RuntimeException askedFor(Node node, TorchException refused) {
    String line = node.line();
    return line == null ? refused : refused.askedForAt(line);
  }
}
