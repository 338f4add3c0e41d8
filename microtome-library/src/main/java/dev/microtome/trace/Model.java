package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import dev.microtome.tensor.Values;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A network that can be looked into.
///
/// ```java
/// var model = Model.of(net);
/// Tensor hidden = model.trace(input, t -> t.at("layer1").output());
/// ```
///
/// The network itself is never changed: hooks sit on the layers that were named, during the run
/// only.
public final class Model<I, O> {
  private static final int MOST_SCANS = 64;

  private final Layer<I, O> network;
  private final Runnable beforeRun;
  private Map<String, Layer<?, ?>> layers = Map.of();
  private final IdentityHashMap<Layer<?, ?>, String> paths = new IdentityHashMap<>();
  private final Map<List<Object>, Scanned> scans =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Object>, Scanned> eldest) {
          return size() > MOST_SCANS;
        }
      };
  private long exchanges = -1;

  /// A scan, or why there is none.
  private record Scanned(@Nullable ScannedRun run, String why) {
    static final Scanned OFF = new Scanned(null, "this trace was opened with Scan.OFF");
  }

  private Model(Layer<I, O> network, Runnable beforeRun) {
    this.network = network;
    this.beforeRun = beforeRun;
  }

  public static <I, O> Model<I, O> of(Layer<I, O> network) {
    return new Model<>(network, () -> {});
  }

  /// A model that does `beforeRun` before each real run, for example load its parameters; tracing
  /// and scanning do without.
  public static <I, O> Model<I, O> of(Layer<I, O> network, Runnable beforeRun) {
    return new Model<>(network, beforeRun);
  }

  public Layer<I, O> network() {
    return network;
  }

  /// Runs the network as it is.
  public O apply(I input) {
    beforeRun.run();
    return network.apply(input);
  }

  /// Traces one run. What `body` returns (a tensor, or tensors in records, lists, maps) is saved
  /// and comes back as numbers.
  public <R extends @Nullable Object> R trace(I input, Function<Trace, R> body) {
    return trace(input, Scan.ON, body);
  }

  /// Traces one run, with or without knowing the shapes beforehand.
  public <R extends @Nullable Object> R trace(I input, Scan scan, Function<Trace, R> body) {
    return record(input, scan, body).run(input);
  }

  /// Opens a trace to be filled step by step, run by [Trace#run] and closed.
  public Trace trace(I input) {
    return trace(input, Scan.ON);
  }

  public Trace trace(I input, Scan scan) {
    return open(input, scan);
  }

  /// Records a trace to be run many times, on inputs of `example`'s form, without recording again.
  public <R extends @Nullable Object> Recorded<I, R> record(I example, Function<Trace, R> body) {
    return record(example, Scan.ON, body);
  }

  /// Runs a graph that was recorded elsewhere, and returns its saved values by node id.
  public Map<Integer, Tensor> run(Graph graph, I input) {
    Interleaver answers = interleave(new Plan(graph), input);
    Map<Integer, Tensor> saved = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (node.isSaved()) {
        saved.put(node.id(), answers.value(node));
      }
    }
    return saved;
  }

  private <R extends @Nullable Object> Recorded<I, R> record(
      I example, Scan scan, Function<Trace, R> body) {
    Trace trace = open(example, scan);
    try {
      R result = body.apply(trace);
      Values.forEach(result, Tensor::save);
      return new Recorded<>(trace, result, this::interleave);
    } catch (RuntimeException | Error failed) {
      trace.abandon();
      throw failed;
    }
  }

  private Trace open(I input, Scan scan) {
    Objects.requireNonNull(input, "no input to trace");
    refreshPaths();
    Scanned scanned = scan == Scan.OFF ? Scanned.OFF : scanned(input);
    return new Trace(
        new Trace.Tracing() {
          @Override
          public String pathOf(Layer<?, ?> layer) {
            return Model.this.pathOf(layer);
          }

          @Override
          public void requirePath(String path) {
            network.layer(path);
          }

          @Override
          public @Nullable ScannedRun scanned() {
            return scanned.run();
          }

          @Override
          public String whyUnscanned() {
            return scanned.why();
          }

          @Override
          public Interleaver run(Plan plan) {
            return interleave(plan, input);
          }
        });
  }

  private Interleaver interleave(Plan plan, I input) {
    beforeRun.run();
    refreshPaths();
    return Interleaver.run(plan, network, layers, input);
  }

  private synchronized String pathOf(Layer<?, ?> layer) {
    String path = paths.get(layer);
    if (path == null) {
      throw new IllegalArgumentException(
          "this %s is not part of the traced network; it has %s"
              .formatted(layer.getClass().getSimpleName(), layers.keySet()));
    }
    return path;
  }

  private synchronized void refreshPaths() {
    if (exchanges != Slot.exchanges()) {
      exchanges = Slot.exchanges();
      layers = network.namedLayers();
      paths.clear();
      layers.forEach((path, layer) -> paths.putIfAbsent(layer, path));
      scans.clear();
    }
  }

  private synchronized Scanned scanned(I input) {
    return scans.computeIfAbsent(Values.signature(input), _ -> scan(input));
  }

  private Scanned scan(I input) {
    try {
      return new Scanned(ScannedRun.of(network, layers, input), "the layer was not reached");
    } catch (TorchException | IllegalStateException failed) {
      // The network reads numbers, or has an operation without a shape rule: trace unchecked.
      return new Scanned(null, "the network could not be scanned: " + failed.getMessage());
    }
  }

  @Override
  public String toString() {
    return network.toString();
  }
}
