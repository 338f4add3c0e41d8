package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A network that can be looked into.
///
/// ```java
/// var model = Model.of(net);
/// Tensor hidden = model.trace(input, t -> t.at("layer1").output());
/// ```
///
/// The network itself is never changed: hooks sit on the named layers, during the run only.
public final class Model<I, O> {
  private final Layer<I, O> network;
  private final Here<I> here;
  private final ScanCache<I> scans;
  private final Graph edits;
  private final @Nullable Session session;
  private final @Nullable Runner elsewhere;

  private Model(
      Layer<I, O> network,
      Here<I> here,
      ScanCache<I> scans,
      Graph edits,
      @Nullable Session session,
      @Nullable Runner elsewhere) {
    this.network = network;
    this.here = here;
    this.scans = scans;
    this.edits = edits;
    this.session = session;
    this.elsewhere = elsewhere;
  }

  public static <I, O> Model<I, O> of(Layer<I, O> network) {
    return of(network, () -> {}, Batching.byRows());
  }

  /// A model that does `beforeRun` before each real run, for example load its parameters; tracing
  /// and scanning do without. `batching` joins the inputs of several invokes.
  public static <I, O> Model<I, O> of(
      Layer<I, O> network, Runnable beforeRun, Batching<I> batching) {
    var scans = new ScanCache<I>(network);
    var here = new Here<I>(network, beforeRun, batching, scans);
    return new Model<>(network, here, scans, new Graph(), null, null);
  }

  public Layer<I, O> network() {
    return network;
  }

  /// This model, whose runs happen where `runner` has the same network; here it needs no numbers.
  /// What comes back has no gradients.
  public Model<I, O> on(Runner runner) {
    return new Model<>(network, here, scans, edits, session, runner);
  }

  /// Whether it runs somewhere else.
  public boolean isElsewhere() {
    return elsewhere != null;
  }

  /// Runs the network, with this model's edits.
  @SuppressWarnings("unchecked") // the run's body returns what the network does
  public O apply(I input) {
    Objects.requireNonNull(input, "no input to run on");
    if (elsewhere != null) {
      return trace(input, t -> t.at(network).output());
    }
    return (O) Objects.requireNonNull(here.edited(edits, input));
  }

  // ---- one input ----

  /// Traces one run. What `body` returns (a tensor, or tensors in records, lists, maps) is saved
  /// and comes back as numbers.
  public <R extends @Nullable Object> R trace(I input, Function<Trace, R> body) {
    return trace(input, Scan.ON, body);
  }

  /// Traces one run, with or without knowing the shapes beforehand.
  public <R extends @Nullable Object> R trace(I input, Scan scan, Function<Trace, R> body) {
    return trace(new Prompted<>(input), scan, body);
  }

  /// Traces one run of a prompt, whose tokens [Trace#token] finds.
  public <R extends @Nullable Object> R trace(Prompted<I> prompt, Function<Trace, R> body) {
    return trace(prompt, Scan.ON, body);
  }

  private <R extends @Nullable Object> R trace(
      Prompted<I> prompt, Scan scan, Function<Trace, R> body) {
    I input = prompt.input();
    Recording recording = open(Model::refuseRun);
    recording.addInvoke(scans.get(input, scan), prompt.places());
    R result = recorded(recording, () -> body.apply(new Trace(recording, Site.ALL, 0)));
    return answered(recording, result, Run.of(recording.graph(), input).with(scan));
  }

  /// Opens a trace to be filled step by step, run by [Trace#run] and closed.
  public Trace trace(I input) {
    return trace(input, Scan.ON);
  }

  public Trace trace(I input, Scan scan) {
    return trace(new Prompted<>(input), scan);
  }

  /// Opens a trace of a prompt, whose tokens [Trace#token] finds.
  public Trace trace(Prompted<I> prompt, Scan scan) {
    requireNoSession("a trace opened by hand");
    I input = prompt.input();
    Recording recording = open((plan, graph) -> answers(plan, Run.of(graph, input)));
    recording.addInvoke(scans.get(input, scan), prompt.places());
    return new Trace(recording, Site.ALL, 0);
  }

  /// Records a trace to be run many times, on inputs of `example`'s form, without recording again.
  public <R extends @Nullable Object> Recorded<I, R> record(I example, Function<Trace, R> body) {
    return record(example, Scan.ON, body);
  }

  private <R extends @Nullable Object> Recorded<I, R> record(
      I example, Scan scan, Function<Trace, R> body) {
    return record(new Prompted<>(example), scan, body);
  }

  private <R extends @Nullable Object> Recorded<I, R> record(
      Prompted<I> example, Scan scan, Function<Trace, R> body) {
    requireNoSession("a trace to be run many times");
    Recording recording = open(Model::refuseRun);
    recording.addInvoke(scans.get(example.input(), scan), example.places());
    R result = recorded(recording, () -> body.apply(new Trace(recording, Site.ALL, 0)));
    return new Recorded<>(
        recording,
        result,
        new Recorded.Runner<I>() {
          @Override
          public Answers run(Plan plan, I input) {
            return answers(plan, Run.of(plan.graph(), input).with(scan));
          }

          @Override
          public Answers runTogether(Plan plan, List<I> inputs) {
            return answers(plan, Run.together(plan.graph(), inputs).with(scan));
          }
        });
  }

  // ---- several inputs, or several calls, in one run ----

  /// Traces one run of several inputs together; see [Batch].
  public <R extends @Nullable Object> R traceBatch(Function<Batch<I>, R> body) {
    return traceBatch(Prompted::new, Scan.ON, body);
  }

  /// Traces one run of several inputs together, each made from what the user gives by `prepare`.
  public <P, R extends @Nullable Object> R traceBatch(
      Function<P, Prompted<I>> prepare, Scan scan, Function<Batch<P>, R> body) {
    var inputs = new ArrayList<I>();
    Recording recording = open(Model::refuseRun);
    var batch =
        new Batch<P>(
            recording,
            prompt -> {
              Prompted<I> prompted = prepare.apply(prompt);
              inputs.add(prompted.input());
              return recording.addInvoke(scans.get(prompted.input(), scan), prompted.places());
            });
    R result = recorded(recording, () -> body.apply(batch));
    requireSome(inputs);
    return answered(recording, result, Run.together(recording.graph(), inputs).with(scan));
  }

  /// Traces a procedure, such as a generation, on one input: [Trace#step] is one of its calls,
  /// [Trace#generated] what it made. This model's edits are made in each call, before what the
  /// trace asks for, as far as the procedure calls this model.
  public <P, R extends @Nullable Object> R trace(
      Procedure<P> procedure, P input, Function<Trace, R> body) {
    Recording recording = open(Model::refuseRun, new Graph());
    recording.addInvoke(scans.get(procedure, List.of(input)), procedure.places(input));
    R result = recorded(recording, () -> body.apply(new Trace(recording, Site.ALL, 0)));
    return answered(
        recording, result, Run.calls(recording.graph(), procedure, List.of(input), false));
  }

  /// Traces a procedure on several inputs side by side, each with interventions of its own.
  public <P, R extends @Nullable Object> R traceBatch(
      Procedure<P> procedure, Function<Batch<P>, R> body) {
    var inputs = new ArrayList<P>();
    Recording recording = open(Model::refuseRun, new Graph());
    var batch =
        new Batch<P>(
            recording,
            input -> {
              inputs.add(input);
              return recording.addInvoke(
                  scans.get(procedure, List.of(input)), procedure.places(input));
            });
    R result = recorded(recording, () -> body.apply(batch));
    requireSome(inputs);
    return answered(recording, result, Run.calls(recording.graph(), procedure, inputs, true));
  }

  // ---- several runs ----

  /// Several traces that belong together. `body` gets this model; the traces it makes of it are
  /// recorded at once and run when it ends, in their order. Until then their values are deferred:
  /// they may be computed with, and go into later traces. What `body` returns is saved.
  ///
  /// ```java
  /// Tensor patched = model.session(m -> {
  ///   Tensor clean = m.trace(x, t -> t.at("layer1").output());
  ///   return m.trace(y, t -> { t.at("layer1").output(clean); return t.at("layer2").output(); });
  /// });
  /// ```
  ///
  /// @throws SessionException when one fails while it runs; it says which
  public <R extends @Nullable Object> R session(Function<Model<I, O>, R> body) {
    requireNoSession("a session");
    var own = new Session();
    var inside = new Model<>(network, here, scans, edits, own, elsewhere);
    R result = own.record(() -> body.apply(inside));
    return elsewhere == null ? own.run(result, this::answers) : own.run(result, elsewhere);
  }

  private void requireNoSession(String what) {
    if (session != null) {
      throw new IllegalStateException(
          what + " can't stand inside a session, whose traces run at its end; make it outside");
    }
  }

  // ---- edits that stay ----

  /// This model with the edits `body` makes in every run: the same network and weights, seen
  /// differently. This model stays as it is.
  public Model<I, O> edit(I example, Function<Trace, ?> body) {
    return withEdits(record(example, Scan.ON, body).graph());
  }

  /// This model with the edits of a graph, for example one read from a file, in place of its own.
  public Model<I, O> withEdits(Graph graph) {
    return new Model<>(network, here, scans, graph, session, elsewhere);
  }

  /// The edits made in every run; empty for the model as it was opened.
  public Graph edits() {
    return edits;
  }

  // ---- graphs from elsewhere ----

  /// Runs a graph that was recorded elsewhere, and returns its saved values by node id: tensors,
  /// and for a cache a map from [Site] to what passed there.
  public Map<Integer, Object> run(Graph graph, I input) {
    return run(List.of(graph), List.of(input)).getFirst();
  }

  /// Runs the graphs of a session that was recorded elsewhere, one input each.
  public List<Map<Integer, Object>> run(List<Graph> graphs, List<I> inputs) {
    if (graphs.size() != inputs.size()) {
      throw new IllegalArgumentException(
          "%d graphs need as many inputs, got %d".formatted(graphs.size(), inputs.size()));
    }
    var runs = new ArrayList<Run>();
    for (int i = 0; i < graphs.size(); i++) {
      runs.add(Run.of(graphs.get(i), inputs.get(i)));
    }
    try {
      return run(runs, () -> {});
    } catch (RunException failed) {
      throw graphs.size() == 1
          ? failed.reason()
          : new SessionException(failed.trace(), graphs.size(), null, failed.reason());
    }
  }

  /// Does what a [Runner] of this model does, here: runs them in order, and returns the saved
  /// values of each. `watch` stands beside them. Weights are not changed: an operation that would
  /// is refused.
  ///
  /// @throws RunException when one fails
  public List<Map<Integer, Object>> run(List<Run> runs, Watch watch) {
    return SessionGraphs.run(runs, network, watch, here::run);
  }

  /// What `runs` will take, from shapes alone; the operations of the network itself are not
  /// counted.
  ///
  /// @throws RunException when a graph names what the network has not
  public Forecast forecast(List<Run> runs) {
    return here.forecast(runs);
  }

  // ---- how ----

  private Recording open(BiFunction<Plan, Graph, Answers> run) {
    return open(run, edits);
  }

  private Recording open(BiFunction<Plan, Graph, Answers> run, Graph start) {
    return new Recording(
        new Recording.Host() {
          @Override
          public String pathOf(Layer<?, ?> layer) {
            return scans.pathOf(layer);
          }

          @Override
          public void requirePath(String path) {
            network.layer(path);
          }

          @Override
          public Set<String> paths() {
            return scans.layers().keySet();
          }

          @Override
          public Tensor parameter(String path) {
            return network.tensor(path);
          }

          @Override
          public boolean isElsewhere() {
            return elsewhere != null;
          }

          @Override
          public Answers run(Plan plan) {
            return run.apply(plan, plan.graph());
          }
        },
        start,
        session);
  }

  private static void requireSome(List<?> inputs) {
    if (inputs.isEmpty()) {
      throw new IllegalStateException("a batch needs at least one invoke");
    }
  }

  private static Answers refuseRun(Plan plan, Graph graph) {
    throw new IllegalStateException(
        "this trace runs by itself when its body ends; run() is for a trace opened by hand");
  }

  private <R extends @Nullable Object> R recorded(Recording recording, Supplier<R> body) {
    try {
      R result = body.get();
      if (session
          == null) { // a session's traces pass values on; what leaves it is saved at its end
        Values.forEach(result, Tensor::save);
      }
      return result;
    } catch (RuntimeException | Error failed) {
      recording.abandon();
      throw failed;
    }
  }

  /// Runs what was recorded, now or at the end of the session.
  private <R extends @Nullable Object> R answered(Recording recording, R result, Run run) {
    if (session != null) {
      session.complete(recording, run);
      return result;
    }
    return new Recorded<Run, R>(recording, result, this::answers).run(run);
  }

  private Answers answers(Plan plan, Run run) {
    if (elsewhere == null) {
      return here.run(plan, run).answers();
    }
    try {
      return Answers.told(plan, elsewhere.run(List.of(run)).getFirst());
    } catch (RunException failed) {
      throw failed.here(List.of(run.graph()));
    }
  }

  @Override
  public String toString() {
    return network.toString();
  }
}
