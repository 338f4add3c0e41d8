package dev.microtome.trace;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Autograd;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.GradientHook;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import java.util.ArrayList;
import java.util.Arrays;
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
  private static final int[] NONE = {};

  private final Plan plan;
  private final Graph graph;
  private final Layer<?, ?> network;
  private final Answers answers;
  private final int[] waiting;
  private final BitSet ready = new BitSet();
  private final BitSet openRoots = new BitSet();
  private final Course course;
  private final Skips skips = new Skips();
  private final List<PassedStop> counts = new ArrayList<>();
  private final List<Hook> hooks = new ArrayList<>();
  private final List<GradientHook> gradientHooks = new ArrayList<>();
  private final @Nullable Reporter reporter;
  private final Thread thread = Thread.currentThread();
  private @Nullable Activation passing;
  private @Nullable PassedStop here;
  private @Nullable Object output;
  private @Nullable Tensor passingGradient;
  private int performing = Node.UNKNOWN;
  private int backward = -1;
  private int backwardNode;

  /// Ends a run whose remaining layers nobody asks about.
  private static final class Finished extends RuntimeException {
    Finished() {
      super(null, null, false, false);
    }
  }

  private Interleaver(Plan plan, Layer<?, ?> network, Course course) {
    this.network = network;
    this.plan = plan;
    this.course = course;
    this.graph = plan.graph();
    this.answers = new Answers(plan);
    this.waiting = plan.waiting();
    this.reporter = plan.reportTo() == null ? null : new Reporter(graph, plan.reportTo());
  }

  /// Does `body`, which calls the network, and answers the plan. Hooks are gone afterwards,
  /// whatever happened.
  static Interleaver run(
      Plan plan,
      Layer<?, ?> network,
      Map<String, Layer<?, ?>> layers,
      Course course,
      Supplier<?> body) {
    var run = new Interleaver(plan, network, course);
    synchronized (network) { // hooks are the layers' own: one run at a time
      try (var _ = run.reporter) {
        run.hook(layers);
        run.startConstants();
        run.output = body.get();
        run.deliver(run.output);
      } catch (Finished early) {
        run.output = null;
      } catch (RuntimeException failed) {
        throw plan.guard().failed(run.performing, failed);
      } finally {
        run.hooks.forEach(Hook::remove);
        run.gradientHooks.forEach(GradientHook::remove);
      }
    }
    run.refuseUnanswered(plan.guard());
    List<Report.Held> held = HeldGraphs.find(plan, run.answers, run.reporter != null);
    if (run.reporter != null) {
      run.reporter.deliver(run.counts, held);
    }
    return run;
  }

  private void hook(Map<String, Layer<?, ?>> layers) {
    Hook.Turn turn = course.isFirst() ? Hook.Turn.FIRST : Hook.Turn.LAST;
    for (Plan.Stop stop : plan.stops()) {
      var count = new PassedStop(stop);
      counts.add(count);
      Layer<?, ?> layer = layers.get(stop.path());
      if (layer != null) {
        hooks.add(
            stop.place() == Site.Place.INPUT
                ? layer.onInput((_, value) -> pass(count, value), turn)
                : layer.onOutput((_, value) -> pass(count, value), turn));
      } else if (!stop.path().equals(Site.GENERATOR)) {
        throw new IllegalArgumentException("the network has no layer '" + stop.path() + "'");
      }
    }
  }

  // What a whole procedure made passes a site of its own.
  private void deliver(@Nullable Object result) {
    for (PassedStop count : counts) {
      if (count.stop.path().equals(Site.GENERATOR) && result != null) {
        pass(count, result);
      }
    }
  }

  private void startConstants() {
    for (int id : plan.first()) {
      ready.set(id);
    }
    runReady(Integer.MAX_VALUE);
  }

  /// Hands what passes a site to its nodes, runs what became ready, and returns what shall go on.
  private Object pass(PassedStop count, Object value) {
    if (!thread.equals(Thread.currentThread())) {
      return value; // somebody else uses the network meanwhile
    }
    int call = count.calls++;
    int[] entries = count.stop.entriesByCall().get(call);
    if (entries == null) {
      entries = NONE;
      if (count.stop.caches().isEmpty()) {
        return value;
      }
    }
    var activation = new Activation(value, course.rows(), plan.goesBackward());
    skips.end(count.stop, call, activation);
    passing = activation;
    here = count;
    int[] arriving = reached(entries);
    for (int id : arriving) {
      openRoots.set(id);
      arrive(id);
    }
    runReady(Integer.MAX_VALUE);
    for (int id : arriving) {
      openRoots.clear(id);
      if (!answers.isDone(id)) {
        performing = id;
        throw missing().late(graph.node(id), answers, here);
      }
    }
    passing = null;
    if (answers.isComplete() && plan.graph().endsEarly()) {
      throw new Finished();
    }
    Object result = activation.result();
    if (!count.stop.caches().isEmpty()) {
      fillCaches(count.stop, call, activation);
    }
    return result;
  }

  private void fillCaches(Plan.Stop stop, int call, Activation activation) {
    for (Node node : stop.caches()) {
      var site = ((Step.Cache) node.step()).site(stop, call);
      if (!course.isOver(site) && !skips.closes(site)) {
        answers.fill(node, site, activation);
      }
    }
  }

  // Without those whose generation is over, or who skip a layer around this one.
  private int[] reached(int[] entries) {
    if (skips.isIdle() && course.isComplete()) {
      return entries;
    }
    return Arrays.stream(entries)
        .filter(id -> !course.isOver(graph.node(id)) && !skips.closes(graph.node(id)))
        .toArray();
  }

  private void arrive(int id) {
    if (--waiting[id] == 0) {
      ready.set(id);
    }
  }

  private void runReady(int limit) {
    for (int id = ready.nextSetBit(0); id >= 0 && id < limit; id = ready.nextSetBit(0)) {
      ready.clear(id);
      perform(graph.node(id));
    }
  }

  private void perform(Node node) {
    int outer = performing;
    performing = node.id();
    plan.guard().between();
    if (answers.isClosed(node.guard())) {
      passOver(node);
    } else if (reporter != null && Reporter.isEdit(node)) {
      executeReported(node, reporter);
    } else {
      execute(node);
    }
    performing = outer;
  }

  // The branch it stands in was not taken.
  private void passOver(Node node) {
    if (node.step() instanceof Step.Call call && call.op().equals("backward")) {
      backward++;
    }
    answers.passOver(node);
    finish(node, node.step() instanceof Step.Branch ? Boolean.FALSE : null);
  }

  private void execute(Node node) {
    switch (node.step()) {
      case Step.Argument argument -> finish(node, Objects.requireNonNull(passing).read(argument));
      case Step.Swap swap -> {
        Object value = Objects.requireNonNull(answers.resolve(swap.value()));
        Objects.requireNonNull(passing).replace(swap.site(), swap.piece(), (Tensor) value);
        finish(node, null);
      }
      case Step.Skip skip -> {
        skip(node, skip, (Tensor) Objects.requireNonNull(answers.resolve(skip.value())));
        finish(node, null);
      }
      case Step.Parameter parameter -> finish(node, network.tensor(parameter.path()));
      case Step.Pick pick ->
          finish(
              node,
              ((List<?>) Objects.requireNonNull(answers.resolve(pick.of()))).get(pick.index()));
      case Step.Earlier earlier -> finish(node, plan.earlier(earlier));
      case Step.Branch branch -> {
        Tensor condition = (Tensor) Objects.requireNonNull(answers.resolve(branch.condition()));
        finish(node, (condition.item() != 0) == branch.taken());
      }
      case Step.Choose choose -> {
        boolean open = !answers.isClosed(choose.branch().id());
        finish(node, answers.resolve(open ? choose.then() : choose.otherwise()));
      }
      case Step.Repeat _ -> finish(node, Loop.run(node, plan, answers, this::perform));
      case Step.Next _ -> {} // its loop looks after it
      case Step.Cache _ -> finish(node, Answers.emptyCache());
      case Step.Log log -> {
        plan.guard().log(LogLine.of(log.text(), answers.resolveList(log.values())));
        finish(node, null);
      }
      case Step.Gradient gradient -> watch(node, gradient);
      case Step.GradientSwap swap -> {
        passingGradient = (Tensor) Objects.requireNonNull(answers.resolve(swap.value()));
        finish(node, null);
      }
      case Step.Call call -> call(node, call);
    }
  }

  private void executeReported(Node edit, Reporter reporter) {
    Tensor target = target(edit);
    Tensor before = Reporter.remember(target);
    execute(edit);
    boolean inPlace = edit.step() instanceof Step.Call;
    reporter.edited(edit, before, inPlace ? target : target(edit));
  }

  /// What an edit changes, as it is now; null where a layer is skipped.
  private @Nullable Tensor target(Node edit) {
    return switch (edit.step()) {
      case Step.Swap swap -> Objects.requireNonNull(passing).current(swap);
      case Step.GradientSwap _ -> passingGradient;
      case Step.Call call -> (Tensor) answers.resolve(call.args().getFirst());
      default -> null;
    };
  }

  private void skip(Node node, Step.Skip skip, Tensor output) {
    if (course.runsSkipped()) {
      skips.begin(node, skip.site(), output);
      return;
    }
    Objects.requireNonNull(passing).skip(output);
    for (PassedStop count : counts) {
      if (Skips.isInside(count.stop.path(), skip.site().path())) {
        skips.passOver(count.stop, count.calls++, node);
      }
    }
  }

  private void call(Node node, Step.Call call) {
    if (call.writes() && node.root() != Node.UNKNOWN && !openRoots.get(node.root())) {
      throw missing().late(node, answers, here);
    }
    @Nullable Object[] args = answers.resolveAll(call.args());
    plan.guard().calling(call, args);
    try {
      if (call.op().equals("backward")) {
        backward(node, args);
      } else {
        finish(node, Ops.call(call.op(), args));
      }
    } catch (TorchException refused) {
      throw node.askedFor(refused);
    }
  }

  private void backward(Node node, @Nullable Object[] args) {
    backward++;
    backwardNode = node.id();
    Ops.call("backward", args);
    finish(node, null);
  }

  private void watch(Node node, Step.Gradient gradient) {
    Tensor tensor = (Tensor) Objects.requireNonNull(answers.resolve(gradient.of()));
    if (!tensor.requiresGrad()) {
      throw new IllegalStateException(
          "%s has no gradient: nothing it was computed from requires one; %s (asked for at %s)"
              .formatted(
                  graph.node(gradient.of().id()).label(),
                  graph.node(gradient.of().id()).step() instanceof Step.Parameter
                      ? "unfreeze the network before the trace"
                      : "call requiresGrad_(true) on it first",
                  node.line()));
    }
    gradientHooks.add(
        Autograd.hook(
            tensor,
            passed -> gradient.backward() == backward ? passGradient(node, passed) : passed));
    answers.release(node);
  }

  /// Hands a gradient to its node and returns the one that shall flow on.
  private Tensor passGradient(Node node, Tensor gradient) {
    Tensor own = Grad.off(() -> gradient.detach().copy()); // edits in place must not reach others
    Tensor outer = passingGradient;
    passingGradient = own;
    openRoots.set(node.id());
    answered(node, own);
    runReady(backwardNode);
    openRoots.clear(node.id());
    int swap = plan.gradientSwap(node.id());
    if (swap != Node.UNKNOWN && !answers.isDone(swap)) {
      performing = swap;
      throw missing().late(graph.node(swap), answers, here);
    }
    Tensor next = Objects.requireNonNull(passingGradient);
    passingGradient = outer;
    return next;
  }

  private void finish(Node node, @Nullable Object value) {
    if (plan.isRepeated(node.id())) {
      answers.set(node, value);
      return;
    }
    answered(node, value);
    answers.release(node);
  }

  private void answered(Node node, @Nullable Object value) {
    answers.put(node, value);
    for (int listener : plan.listeners(node.id())) {
      arrive(listener);
    }
  }

  private Missing missing() {
    return new Missing(graph, counts, skips, course);
  }

  private void refuseUnanswered(Guard guard) {
    for (Node node : graph.nodes()) {
      if (plan.isNeeded(node.id()) && !answers.isDone(node.id())) {
        throw guard.failed(node.id(), missing().never(node));
      }
    }
  }

  /// What the run returned; null when it ended early.
  @Nullable Object output() {
    return output;
  }

  Answers answers() {
    return answers;
  }
}
