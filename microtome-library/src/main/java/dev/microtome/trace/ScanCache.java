package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.TorchException;
import dev.microtome.tensor.Values;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/// What is known of a network without running it: its layers by path, and scans by input signature.
/// All is forgotten when a layer is exchanged.
final class ScanCache<I> {
  private static final int MOST_SCANS = 256;

  private final Layer<I, ?> network;
  private Map<String, Layer<?, ?>> layers = Map.of();
  private final IdentityHashMap<Layer<?, ?>, String> paths = new IdentityHashMap<>();
  private final Map<List<Object>, Recording.Scanned> scans =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Object>, Recording.Scanned> eldest) {
          return size() > MOST_SCANS;
        }
      };
  private long exchanges = -1;

  ScanCache(Layer<I, ?> network) {
    this.network = network;
  }

  /// The layers by path.
  synchronized Map<String, Layer<?, ?>> layers() {
    if (exchanges != Slot.exchanges()) {
      exchanges = Slot.exchanges();
      layers = network.namedLayers();
      paths.clear();
      layers.forEach((path, layer) -> paths.putIfAbsent(layer, path));
      scans.clear();
    }
    return layers;
  }

  synchronized String pathOf(Layer<?, ?> layer) {
    Map<String, Layer<?, ?>> known = layers();
    String path = paths.get(layer);
    if (path == null) {
      throw new IllegalArgumentException(
          "this %s is not part of the traced network; it has %s"
              .formatted(layer.getClass().getSimpleName(), known.keySet()));
    }
    return path;
  }

  /// The scan for inputs of this form.
  synchronized Recording.Scanned get(I input, Scan scan) {
    Objects.requireNonNull(input, "no input to trace");
    if (scan == Scan.OFF) {
      return Recording.Scanned.OFF;
    }
    Map<String, Layer<?, ?>> known = layers();
    return scans.computeIfAbsent(
        Values.signature(input), _ -> attempt(() -> ScannedRun.of(network, known, input)));
  }

  /// The scan of a procedure on inputs of this form.
  synchronized <P> Recording.Scanned get(Procedure<P> procedure, List<P> inputs) {
    Map<String, Layer<?, ?>> known = layers();
    return scans.computeIfAbsent(
        List.of(procedure.getClass(), procedure.form(inputs)),
        _ -> attempt(() -> new ScannedRun(known, procedure.calls(inputs))));
  }

  private static Recording.Scanned attempt(Supplier<ScannedRun> scan) {
    try {
      return new Recording.Scanned(scan.get(), "the layer was not reached");
    } catch (TorchException | IllegalStateException failed) {
      // The network reads numbers, or has an operation without a shape rule: trace unchecked.
      return new Recording.Scanned(
          null, "the network could not be scanned: " + failed.getMessage());
    }
  }
}
