package dev.microtome.trace;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Autograd;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.GradientHook;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One run of a network with a [Plan] alongside.
///
/// A value that passes a hooked layer makes nodes ready; ready nodes run in the program's order,
/// the network waiting. Values nobody waits for any more are let go during the run. A write or a
/// swap that comes too late to matter is an error, never a silent nothing.
final class Interleaver {
  private final Plan plan;
  private final Graph graph;
  private final @Nullable Object[] values;
  private final int[] waiting;
  private final int[] uses;
  private final BitSet ready = new BitSet();
  private final BitSet done = new BitSet();
  private final BitSet openRoots = new BitSet();
  private final @Nullable Rows rows;
  private final List<PassingCount> counts = new ArrayList<>();
  private final List<Hook> hooks = new ArrayList<>();
  private final List<GradientHook> gradientHooks = new ArrayList<>();
  private final Thread thread = Thread.currentThread();
  private final Object scope = Scope.current();
  private @Nullable Activation passing;
  private @Nullable Object output;
  private int unanswered;
  private @Nullable Tensor passingGradient;
  private int backward = -1;
  private int backwardNode;

  /// Ends a run whose remaining layers nobody asks about.
  private static final class Finished extends RuntimeException {
    Finished() {
      super(null, null, false, false);
    }
  }

  private Interleaver(Plan plan, @Nullable Rows rows) {
    this.plan = plan;
    this.rows = rows;
    this.graph = plan.graph();
    this.values = new @Nullable Object[graph.size()];
    this.waiting = plan.waiting();
    this.uses = plan.uses();
    for (int id = 0; id < graph.size(); id++) {
      unanswered += plan.isNeeded(id) ? 1 : 0;
    }
  }

  private static final class PassingCount {
    final Plan.Stop stop;
    int calls;

    PassingCount(Plan.Stop stop) {
      this.stop = stop;
    }
  }

  /// Does `body`, which calls the network, and answers the plan. Hooks are gone afterwards,
  /// whatever happened.
  static Interleaver run(
      Plan plan,
      Layer<?, ?> network,
      Map<String, Layer<?, ?>> layers,
      @Nullable Rows rows,
      Supplier<?> body) {
    var run = new Interleaver(plan, rows);
    synchronized (network) { // hooks are the layers' own: one run at a time
      try {
        run.hook(layers);
        run.startConstants();
        run.output = body.get();
        run.deliver(run.output);
      } catch (Finished early) {
        run.output = null;
      } finally {
        run.hooks.forEach(Hook::remove);
        run.gradientHooks.forEach(GradientHook::remove);
      }
    }
    run.refuseUnanswered();
    return run;
  }

  private void hook(Map<String, Layer<?, ?>> layers) {
    for (Plan.Stop stop : plan.stops()) {
      var count = new PassingCount(stop);
      counts.add(count);
      Layer<?, ?> layer = layers.get(stop.path());
      if (layer != null) {
        hooks.add(
            stop.place() == Site.Place.INPUT
                ? layer.onInput((_, value) -> pass(count, value))
                : layer.onOutput((_, value) -> pass(count, value)));
      } else if (!stop.path().equals(Site.GENERATOR)) {
        throw new IllegalArgumentException("the network has no layer '" + stop.path() + "'");
      }
    }
  }

  // What a whole procedure made passes a site of its own.
  private void deliver(@Nullable Object result) {
    for (PassingCount count : counts) {
      if (count.stop.path().equals(Site.GENERATOR) && result != null) {
        pass(count, result);
      }
    }
  }

  private void startConstants() {
    for (Node node : graph.nodes()) {
      if (waiting[node.id()] == 0 && plan.isNeeded(node.id())) {
        ready.set(node.id());
      }
    }
    runReady(Integer.MAX_VALUE);
  }

  /// Hands what passes a site to its nodes, runs what became ready, and returns what shall go on.
  private Object pass(PassingCount count, Object value) {
    if (!thread.equals(Thread.currentThread())) {
      return value; // somebody else uses the network meanwhile
    }
    int[] entries = count.stop.entriesByCall().get(count.calls++);
    if (entries == null) {
      return value;
    }
    var activation = new Activation(value, rows, plan.goesBackward());
    passing = activation;
    for (int id : entries) {
      openRoots.set(id);
      arrive(id);
    }
    runReady(Integer.MAX_VALUE);
    for (int id : entries) {
      openRoots.clear(id);
      if (!done.get(id)) {
        throw late(graph.node(id));
      }
    }
    passing = null;
    if (unanswered == 0 && plan.graph().endsEarly()) {
      throw new Finished();
    }
    return activation.result();
  }

  private void arrive(int id) {
    if (--waiting[id] == 0) {
      ready.set(id);
    }
  }

  private void runReady(int limit) {
    for (int id = ready.nextSetBit(0); id >= 0 && id < limit; id = ready.nextSetBit(0)) {
      ready.clear(id);
      execute(graph.node(id));
    }
  }

  private void execute(Node node) {
    switch (node.step()) {
      case Step.Argument argument -> finish(node, Objects.requireNonNull(passing).read(argument));
      case Step.Swap swap -> {
        Object value = Objects.requireNonNull(resolve(swap.value()));
        Objects.requireNonNull(passing).swap(swap, (Tensor) value);
        finish(node, null);
      }
      case Step.Skip skip -> {
        Objects.requireNonNull(passing).skip(Objects.requireNonNull(resolve(skip.value())));
        finish(node, null);
      }
      case Step.Pick pick ->
          finish(node, ((List<?>) Objects.requireNonNull(resolve(pick.of()))).get(pick.index()));
      case Step.Gradient gradient -> watch(node, gradient);
      case Step.GradientSwap swap -> {
        passingGradient = (Tensor) Objects.requireNonNull(resolve(swap.value()));
        finish(node, null);
      }
      case Step.Call call -> call(node, call);
    }
  }

  private void call(Node node, Step.Call call) {
    if (call.writes() && node.root() != Node.UNKNOWN && !openRoots.get(node.root())) {
      throw late(node);
    }
    Object[] args = call.args().stream().map(this::resolve).toArray();
    try {
      if (call.op().equals("backward")) {
        backward(node, args);
      } else {
        finish(node, Ops.call(call.op(), args));
      }
    } catch (TorchException refused) {
      throw askedFor(node, refused);
    }
  }

  // The line that asked for an operation is more use than the one that ran it.
  private static RuntimeException askedFor(Node node, TorchException refused) {
    String line = node.line();
    return line == null ? refused : refused.askedForAt(line);
  }

  private void backward(Node node, @Nullable Object[] args) {
    backward++;
    backwardNode = node.id();
    Ops.call("backward", args);
    finish(node, null);
  }

  private void watch(Node node, Step.Gradient gradient) {
    Tensor tensor = (Tensor) Objects.requireNonNull(resolve(gradient.of()));
    if (!tensor.requiresGrad()) {
      throw new IllegalStateException(
          "%s has no gradient: nothing it was computed from requires one; call requiresGrad_(true)"
                  .formatted(graph.node(gradient.of().id()).label())
              + " on it first (asked for at "
              + node.line()
              + ")");
    }
    gradientHooks.add(
        Autograd.hook(
            tensor,
            passed -> gradient.backward() == backward ? passGradient(node, passed) : passed));
    release(node);
  }

  /// Hands a gradient to its node and returns the one that shall flow on.
  private Tensor passGradient(Node node, Tensor gradient) {
    Tensor own = Grad.off(() -> gradient.detach().copy()); // edits in place must not reach others
    Tensor outer = passingGradient;
    passingGradient = own;
    openRoots.set(node.id());
    values[node.id()] = own;
    answer(node.id());
    for (int listener : plan.listeners(node.id())) {
      arrive(listener);
    }
    runReady(backwardNode);
    openRoots.clear(node.id());
    int swap = plan.gradientSwap(node.id());
    if (swap != Node.UNKNOWN && !done.get(swap)) {
      throw late(graph.node(swap));
    }
    Tensor next = Objects.requireNonNull(passingGradient);
    passingGradient = outer;
    return next;
  }

  private @Nullable Object resolve(@Nullable Object arg) {
    return References.values(arg, ref -> values[ref.id()]);
  }

  private void finish(Node node, @Nullable Object value) {
    int id = node.id();
    values[id] = value;
    if (value instanceof Tensor tensor && (node.isSaved() || uses[id] > 0)) {
      outlast(tensor);
    }
    answer(id);
    for (int listener : plan.listeners(id)) {
      arrive(listener);
    }
    if (uses[id] == 0 && !node.isSaved()) {
      values[id] = null;
    }
    release(node);
  }

  // A procedure may free what each of its steps makes; values go on to later steps.
  private void outlast(Tensor value) {
    if (!scope.equals(Scope.current())) {
      value.save();
    }
  }

  private void answer(int id) {
    done.set(id);
    unanswered--;
  }

  private void release(Node node) {
    for (int dependency : node.dependencies()) {
      if (--uses[dependency] == 0 && !graph.node(dependency).isSaved()) {
        values[dependency] = null;
      }
    }
  }

  private OutOfOrderException late(Node node) {
    return new OutOfOrderException(
        "%s comes too late: the value it needs is only known after that has passed"
            .formatted(node.label()),
        node.line());
  }

  private void refuseUnanswered() {
    for (Node node : graph.nodes()) {
      if (plan.isNeeded(node.id()) && !done.get(node.id())) {
        throw whyMissing(node);
      }
    }
  }

  private MissingValueException whyMissing(Node node) {
    Site site = Plan.siteOf(node);
    if (site != null) {
      int calls = callsOf(site);
      return new MissingValueException(
          calls == 0
              ? MissingValueException.Reason.NEVER_REACHED
              : MissingValueException.Reason.TOO_FEW_CALLS,
          calls == 0
              ? node.label() + ": the layer was not called in this run"
              : "%s: the layer was called %d times only".formatted(node.label(), calls),
          node.line());
    }
    return new MissingValueException(
        MissingValueException.Reason.NEVER_REACHED,
        node.step() instanceof Step.Gradient
            ? node.label() + " never arrived: the loss does not depend on it"
            : node.label() + " was never computed",
        node.line());
  }

  private int callsOf(Site site) {
    for (PassingCount count : counts) {
      if (count.stop.path().equals(site.path()) && count.stop.place() == site.place()) {
        return count.calls;
      }
    }
    return 0;
  }

  /// What the run returned; null when it ended early.
  @Nullable Object output() {
    return output;
  }

  /// The value of a node after the run.
  Tensor value(Node node) {
    if (values[node.id()] instanceof Tensor tensor) {
      return tensor;
    }
    throw new MissingValueException(
        MissingValueException.Reason.NOT_SAVED,
        node.label() + " was not kept: call save() on it, or return it from the trace",
        node.line());
  }
}
