package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.UserCode;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What traces of one run share: the graph while it grows, what is known of shapes, and the
/// answers.
final class Recording {
  private enum State {
    OPEN,
    DONE,
    CLOSED
  }

  /// What a recording needs of the model it belongs to.
  interface Host {
    String pathOf(Layer<?, ?> layer);

    void requirePath(String path);

    Set<String> paths();

    Tensor parameter(String path);

    Answers run(Plan plan);

    boolean isElsewhere();
  }

  private final Host host;
  private final Graph graph;
  private final Recorder recorder;
  private final List<Scanned> invokes = new ArrayList<>();
  private final List<@Nullable TokenPlaces> places = new ArrayList<>();
  private final @Nullable Session session;
  private final int numberInSession;
  private final Set<Integer> handedOn = new HashSet<>();
  private State state = State.OPEN;
  private boolean isOfSeveral;
  private @Nullable Answers answers;
  private @Nullable Consumer<Report> reportTo;

  /// A scan, or why there is none.
  record Scanned(@Nullable ScannedRun run, String why) {
    static final Scanned OFF = new Scanned(null, "this trace was opened with Scan.OFF");
  }

  /// @param session what it is recorded in, or null when it runs alone
  Recording(Host host, Graph edits, @Nullable Session session) {
    this.host = host;
    this.graph = edits.copy();
    this.recorder = new Recorder(this, graph);
    this.session = session;
    this.numberInSession = session == null ? 0 : session.add(this);
  }

  /// Whether several inputs share the run, so that all rows are no one input's.
  boolean isOfSeveral() {
    return isOfSeveral;
  }

  void isOfSeveral(boolean several) {
    isOfSeveral = several;
  }

  /// Adds an invoke of which `scanned` is known, and returns its number.
  int addInvoke(Scanned scanned, @Nullable TokenPlaces tokens) {
    invokes.add(scanned);
    places.add(tokens);
    return invokes.size() - 1;
  }

  /// Where the tokens of an invoke's prompt stand, or null when nobody knows.
  @Nullable TokenPlaces places(int invoke) {
    return isOfSeveral && invoke == Site.ALL ? null : places.get(Math.max(0, invoke));
  }

  List<@Nullable ScannedRun> scans() {
    var scans = new ArrayList<@Nullable ScannedRun>();
    invokes.forEach(scanned -> scans.add(scanned.run()));
    return scans;
  }

  Host host() {
    return host;
  }

  Graph graph() {
    return graph;
  }

  Recorder recorder() {
    return recorder;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  void requireOpen() {
    if (state != State.OPEN) {
      throw new IllegalStateException("this trace has already run; open a new one");
    }
  }

  boolean isScanned() {
    return !invokes.isEmpty() && invokes.stream().allMatch(scanned -> scanned.run() != null);
  }

  String whyUnscanned() {
    return invokes.stream()
        .filter(scanned -> scanned.run() == null)
        .findFirst()
        .map(Scanned::why)
        .orElse("the layer was not reached");
  }

  /// Position of `site` in the order of the run; negative when it is not known.
  int order(Site site) {
    ScannedRun scan = scan(site);
    return scan == null ? -1 : scan.order(site);
  }

  private @Nullable ScannedRun scan(Site site) {
    if (isOfSeveral && site.invoke() == Site.ALL) {
      return null; // the batch is put together after the last invoke
    }
    int invoke = Math.max(0, site.invoke());
    return invoke < invokes.size() ? invokes.get(invoke).run() : null;
  }

  // ---- reading and changing what passes a site ----

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // what passes the site is a V
  <V> V read(Site site) {
    requireOpen();
    Object known = knownAt(site);
    if (known == null || known instanceof Tensor) {
      return (V) recorder.argument(site, 0, shape(known));
    }
    int[] piece = {0};
    return (V) Values.map(known, tensor -> recorder.argument(site, piece[0]++, shape(tensor)));
  }

  Tensor readTensor(Site site) {
    requireOpen();
    List<Tensor> known = Values.tensors(knownAt(site));
    return recorder.argument(site, 0, known.isEmpty() ? null : shape(known.getFirst()));
  }

  Tensor parameter(String path) {
    requireOpen();
    return recorder.parameter(path, host.parameter(path));
  }

  void replace(Site site, @Nullable Object value) {
    requireOpen();
    List<Tensor> known = Values.tensors(knownAt(site));
    List<Tensor> next = Values.tensors(value);
    requireSameCount(site, known, next);
    for (int i = 0; i < next.size(); i++) {
      // A record that was read, changed in one component and handed back swaps only that component.
      if (!recorder.isCurrent(site, i, next.get(i))) {
        recorder.swap(site, i, next.get(i), i < known.size() ? shape(known.get(i)) : null);
      }
    }
  }

  void skip(Site input, @Nullable Object value) {
    requireOpen();
    List<Tensor> known = Values.tensors(knownAt(input.output()));
    if (known.size() > 1 || !(value instanceof Tensor output)) {
      throw new IllegalArgumentException(
          "only a layer whose output is one tensor can be skipped; replace the output of "
              + input.path()
              + " instead");
    }
    recorder.skip(input, output, known.isEmpty() ? null : shape(known.getFirst()));
  }

  void save(Node node) {
    refuseInLoop(node);
    node.save();
  }

  private void refuseInLoop(Node node) {
    if (Regions.innermostLoop(graph, node) != Node.UNKNOWN) {
      throw new IllegalStateException(
          node.label()
              + " has a value in each round of its loop; return it from the loop to keep it");
    }
  }

  /// For what holds for a whole run.
  void requireOutsideBranches(String what) {
    requireOpen();
    if (graph.inside() != Node.UNKNOWN) {
      throw new IllegalStateException(
          what + " is for the whole run and can't stand in a branch or loop; write it before");
    }
  }

  Cache cache(CacheOptions options, int invoke) {
    requireOutsideBranches("a cache");
    List<String> paths = host.paths().stream().filter(options.layers()).toList();
    if (paths.isEmpty() || !(options.inputs() || options.outputs())) {
      throw new IllegalArgumentException(
          "nothing to cache: choose inputs or outputs of at least one of " + host.paths());
    }
    var step = new Step.Cache(paths, options.inputs(), options.outputs(), options.keep(), invoke);
    return new Cache(this, recorder.cache(step));
  }

  private static void requireSameCount(Site site, List<Tensor> known, List<Tensor> next) {
    if (next.isEmpty() || (!known.isEmpty() && known.size() != next.size())) {
      throw new IllegalArgumentException(
          "%s holds %d tensors and can't be replaced by %d"
              .formatted(site, Math.max(1, known.size()), next.size()));
    }
  }

  private static @Nullable ShapeOnly shape(@Nullable Object known) {
    return known instanceof ShapeOnly shape ? shape : null;
  }

  private @Nullable Object knownAt(Site site) {
    ScannedRun scan = scan(site);
    if (scan == null) {
      return null;
    }
    Object known = scan.value(site);
    if (known == null) {
      throw neverPassed(site, scan.calls(site));
    }
    return known;
  }

  private static MissingValueException neverPassed(Site site, int calls) {
    return new MissingValueException(
        calls == 0
            ? MissingValueException.Reason.NEVER_REACHED
            : MissingValueException.Reason.TOO_FEW_CALLS,
        calls == 0
            ? site + ": the layer is not called on this input"
            : "%s: the layer is called %s only; calls and steps count from 0"
                .formatted(site, calls == 1 ? "once" : calls + " times"),
        UserCode.line());
  }

  // ---- beside others in a session ----

  int numberInSession() {
    return numberInSession;
  }

  /// Whether this is a later trace of the session `other` belongs to, neither of which has run.
  boolean follows(Recording other) {
    return session != null
        && session == other.session
        && other.isOpen()
        && numberInSession > other.numberInSession;
  }

  /// Keeps the value of `node` for later traces, and returns its id.
  int hand(Node node) {
    refuseInLoop(node);
    handedOn.add(node.id());
    return node.id();
  }

  // ---- running ----

  /// After each run `to` gets a report of it.
  void reportTo(Consumer<Report> to) {
    requireOpen();
    if (host.isElsewhere()) {
      throw new IllegalStateException(
          "a report measures the run, which happens elsewhere; ask for one where the network is");
    }
    Consumer<Report> before = reportTo;
    reportTo = before == null ? to : before.andThen(to);
  }

  /// Runs the network and answers everything recorded.
  void run() {
    requireOpen();
    Plan plan = seal();
    answered(host.run(plan));
  }

  /// Nothing more is recorded; what can't be answered is refused.
  Plan seal() {
    refuseLateGradients();
    state = State.CLOSED;
    return new Plan(
        graph, new Plan.Around(reportTo, handedOn, session == null ? Plan.ALONE : session::value));
  }

  /// `copies` of this recording, made ready to run.
  Plan planOf(Graph copies) {
    return new Plan(copies, new Plan.Around(reportTo, Set.of(), Plan.ALONE));
  }

  /// Values of this recording are those of `run` from now on.
  void answered(Answers run) {
    answers = run;
    state = State.DONE;
  }

  /// The body failed: nothing runs.
  void abandon() {
    state = State.CLOSED;
  }

  private void refuseLateGradients() {
    for (Node node : graph.nodes()) {
      if (node.step() instanceof Step.Gradient gradient
          && gradient.backward() >= graph.backwards()) {
        throw new MissingValueException(
            MissingValueException.Reason.NEVER_REACHED,
            node.label() + " is asked for after the last backward(); ask for gradients before it",
            node.line());
      }
    }
  }

  /// The value of `node` after the run.
  Tensor valueOf(Node node) {
    return ran(node).value(node);
  }

  /// What the cache `node` holds after the run.
  Map<Site, Object> valuesOf(Node node) {
    return ran(node).cached(node);
  }

  private Answers ran(Node node) {
    if (state == State.OPEN) {
      throw new MissingValueException(
          MissingValueException.Reason.NOT_RUN,
          "Accessing Proxy value before it's been set: %s exists only once the trace has run; choose"
                  .formatted(node.label())
              + " between values with where(), or between deeds with when(), instead of if",
          node.line());
    }
    if (answers == null) {
      throw new MissingValueException(
          MissingValueException.Reason.CLOSED,
          node.label() + " belongs to a trace that failed or was closed without a run",
          node.line());
    }
    return answers;
  }

  /// The value of `node` for a later trace: a constant there.
  Tensor valueElsewhere(Node node) {
    if (state == State.OPEN) {
      throw new IllegalStateException(
          node.label() + " belongs to another trace that has not run yet");
    }
    return valueOf(node);
  }
}
