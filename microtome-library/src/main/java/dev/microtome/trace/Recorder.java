package dev.microtome.trace;

import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns what a trace's body does into nodes, and refuses at once what can't work.
final class Recorder {
  private final Recording recording;
  private final Graph graph;
  private final Map<Argument, Deferred> read = new HashMap<>();
  private final Map<String, Deferred> parameters = new HashMap<>();
  private final IdentityHashMap<Deferred, Node> earlier = new IdentityHashMap<>();
  private final List<Integer> latest = new ArrayList<>();

  private record Argument(Site site, int piece) {}

  Recorder(Recording recording, Graph graph) {
    this.recording = recording;
    this.graph = graph;
    for (Node _ : graph.nodes()) {
      latest.add(-1); // nodes of persistent edits
    }
  }

  /// Where `call` is to be recorded: the open recording among its arguments', or null.
  static @Nullable Recording openRecording(OpCall call) {
    Recording[] open = new Recording[1];
    References.forEachTensor(
        call.args(),
        tensor -> {
          if (tensor instanceof Deferred deferred && deferred.origin().isOpen()) {
            open[0] = open[0] == null ? deferred.origin() : later(open[0], deferred);
          }
        });
    return open[0];
  }

  // Of two traces of a session, the one that knows both values.
  private static Recording later(Recording one, Deferred value) {
    Recording other = value.origin();
    if (one == other || one.follows(other)) {
      return one;
    }
    if (other.follows(one)) {
      return other;
    }
    throw new IllegalStateException(
        value.node().label() + " belongs to another trace that has not run yet");
  }

  /// The call with every deferred tensor replaced by its value.
  static OpCall revealed(OpCall call) {
    return new OpCall(
        call.name(),
        References.ofCall(
            call.args(), tensor -> tensor instanceof Deferred done ? done.dense() : tensor));
  }

  /// The `piece`-th tensor at `site`; asking twice gives the same node until the site is swapped.
  Deferred argument(Site site, int piece, @Nullable ShapeOnly known) {
    return read.computeIfAbsent(
        new Argument(site, piece),
        _ -> {
          var node = add(new Step.Argument(site, piece), orderOf(site));
          return new Deferred(recording, node, known == null ? null : known.detached());
        });
  }

  /// A parameter of the network; asking twice gives the same node.
  Deferred parameter(String path, Tensor tensor) {
    return parameters.computeIfAbsent(
        path,
        _ ->
            new Deferred(
                recording,
                add(new Step.Parameter(path), 0),
                recording.isScanned() ? ShapeOnly.of(tensor) : null));
  }

  /// Whether `value` is just what passes `site` at this point of the program.
  boolean isCurrent(Site site, int piece, Tensor value) {
    return value instanceof Deferred && read.get(new Argument(site, piece)) == value;
  }

  void swap(Site site, int piece, Tensor value, @Nullable ShapeOnly known) {
    Object reference = reference(value);
    ShapeOnly next = knownOf(value);
    if (known != null && next != null) {
      refuseOtherShape(site, known, next);
    }
    int order = orderOf(site);
    refuseLate(site, order, reference);
    refuseLateCondition(site, order);
    add(new Step.Swap(site, piece, reference), order);
    read.remove(new Argument(site, piece));
  }

  private static void refuseOtherShape(Site site, ShapeOnly known, ShapeOnly next) {
    if (!known.shape().equals(next.shape()) || known.dtype() != next.dtype()) {
      throw new IllegalArgumentException(
          "%s is %s%s and can't be replaced by %s%s; convert it, or trace with Scan.OFF"
              .formatted(
                  site, known.dtype().label(), known.shape(), next.dtype().label(), next.shape()));
    }
  }

  private void refuseLate(Site site, int order, Object reference) {
    if (reference instanceof Step.Ref ref && order >= 0 && latest.get(ref.id()) > order) {
      throw new OutOfOrderException(
          "%s can't be replaced by a value that needs %s: that is only known after %s has passed"
              .formatted(site, latestSource(ref.id()), site));
    }
  }

  private void refuseLateCondition(Site site, int order) {
    if (graph.inside() != Node.UNKNOWN) {
      refuseLate(site, order, new Step.Ref(graph.inside()));
    }
  }

  private String latestSource(Step.Call call) {
    int last = -1;
    for (int id : Node.dependencies(call, graph.inside())) {
      last = last < 0 || latest.get(id) > latest.get(last) ? id : last;
    }
    return latestSource(last);
  }

  private String latestSource(int id) {
    Node node = Sources.latest(graph, id, latest::get);
    return node == null ? graph.node(id).label() : String.valueOf(Plan.siteOf(node));
  }

  void skip(Site input, Tensor value, @Nullable ShapeOnly known) {
    Object reference = reference(value);
    ShapeOnly next = knownOf(value);
    if (known != null && next != null) {
      refuseOtherShape(input.output(), known, next);
    }
    int order = orderOf(input);
    refuseLate(input, order, reference);
    refuseLateCondition(input, order);
    add(new Step.Skip(input, reference), order);
  }

  Node cache(Step.Cache step) {
    Node node = add(step, 0);
    node.save();
    return node;
  }

  void log(String text, List<Tensor> values) {
    List<Object> references = values.stream().map(this::reference).toList();
    add(new Step.Log(text, references), orderOf(references));
  }

  Deferred gradientOf(Deferred value) {
    var of = new Step.Ref(value.node().id());
    var node = add(new Step.Gradient(of, graph.backwards()), Integer.MAX_VALUE);
    ShapeOnly known = value.known();
    return new Deferred(recording, node, known == null ? null : known.detached());
  }

  void replaceGradient(Deferred value, Tensor gradient) {
    Object reference = reference(gradient);
    Deferred passing = gradientOf(value);
    add(new Step.GradientSwap(new Step.Ref(passing.node().id()), reference), Integer.MAX_VALUE);
  }

  /// Records one operation and returns deferred results.
  @Nullable Object record(OpCall call) {
    var step = new Step.Call(call.name(), References.ofCall(call.args(), this::reference));
    Object known = recording.isScanned() ? validated(call) : null;
    int order = 0;
    for (int id : Node.dependencies(step, graph.inside())) {
      order = Math.max(order, latest.get(id));
    }
    refuseLateWrite(step, order);
    Node node = add(step, order);
    return results(node, call, known);
  }

  private void refuseLateWrite(Step.Call call, int order) {
    if (recording.isScanned() && call.writes() && call.args().getFirst() instanceof Step.Ref ref) {
      int root = graph.node(ref.id()).root();
      if (root != Node.UNKNOWN && latest.get(root) >= 0 && latest.get(root) < order) {
        throw new OutOfOrderException(
            "%s can't be written to with a value that needs %s: that is only known after it has passed"
                .formatted(graph.node(root).label(), latestSource(call)));
      }
    }
  }

  /// What the operation would return, by running it on shapes; null when they are not known.
  private @Nullable Object validated(OpCall call) {
    boolean[] unknown = new boolean[1];
    List<@Nullable Object> args =
        References.ofCall(
            call.args(),
            tensor -> {
              if (!(tensor instanceof Deferred deferred)) {
                return tensor;
              }
              if (!deferred.origin().isOpen()) {
                return deferred.dense();
              }
              ShapeOnly known = deferred.known();
              unknown[0] |= known == null;
              return known == null ? tensor : known;
            });
    if (unknown[0]) {
      return null;
    }
    try {
      return Ops.call(new OpCall(call.name(), args));
    } catch (TorchException refused) {
      if (refused.isNotImplemented()) {
        return null; // no shape rule: the run will tell
      }
      throw refused;
    }
  }

  private @Nullable Object results(Node node, OpCall call, @Nullable Object known) {
    if (known instanceof List<?> list) {
      var results = new ArrayList<Tensor>(list.size());
      for (int i = 0; i < list.size(); i++) {
        results.add(pick(node, i, list.get(i) instanceof ShapeOnly shape ? shape : null));
      }
      return results;
    }
    int count = known == null ? Ops.resultCount(call) : 1;
    if (count < 0) {
      throw new IllegalStateException(
          "how many results %s has is not known before the run: %s"
              .formatted(call.name(), recording.whyUnscanned()));
    }
    if (count == 0) {
      return null;
    }
    if (count == 1) {
      return new Deferred(recording, node, known instanceof ShapeOnly shape ? shape : null);
    }
    var results = new ArrayList<Tensor>(count);
    for (int i = 0; i < count; i++) {
      results.add(pick(node, i, null));
    }
    return results;
  }

  private Deferred pick(Node node, int index, @Nullable ShapeOnly known) {
    var step = new Step.Pick(new Step.Ref(node.id()), index);
    return new Deferred(recording, add(step, latest.get(node.id())), known);
  }

  Node add(Step step, int order) {
    Node node = graph.add(step);
    latest.add(node.guard() == Node.UNKNOWN ? order : Math.max(order, latest.get(node.guard())));
    return node;
  }

  /// A loop is known when everything in it is.
  void raise(Node loop) {
    int order = latest.get(loop.id());
    for (int id = loop.id() + 1; id < graph.size(); id++) {
      order = Math.max(order, latest.get(id));
    }
    latest.set(loop.id(), order);
  }

  /// When in the run a reference is known; references in a list, all of them.
  int orderOf(Object reference) {
    int[] order = {0};
    References.forEach(reference, ref -> order[0] = Math.max(order[0], latest.get(ref.id())));
    return order[0];
  }

  private int orderOf(Site site) {
    return recording.order(site);
  }

  /// How a node refers to `tensor`: by id when it is deferred here, as a constant otherwise.
  Object reference(Tensor tensor) {
    if (!(tensor instanceof Deferred deferred)) {
      if (tensor instanceof ShapeOnly) {
        throw new IllegalArgumentException("a shape-only tensor has no numbers to trace with");
      }
      return tensor.save();
    }
    if (deferred.origin() == recording) {
      return new Step.Ref(deferred.node().id());
    }
    return recording.follows(deferred.origin())
        ? earlier(deferred)
        : deferred.origin().valueElsewhere(deferred.node());
  }

  /// A value of an earlier trace of the session.
  private Step.Ref earlier(Deferred value) {
    Node node =
        earlier.computeIfAbsent(
            value,
            _ -> {
              int id = value.origin().hand(value.node());
              return add(new Step.Earlier(value.origin().numberInSession(), id), 0);
            });
    return new Step.Ref(node.id());
  }

  /// Shape and dtype of any tensor, or null when they are not known before the run.
  @Nullable ShapeOnly knownOf(Tensor tensor) {
    if (tensor instanceof Deferred deferred && deferred.origin().isOpen()) {
      return deferred.known();
    }
    return recording.isScanned() ? ShapeOnly.of(tensor) : null;
  }
}
