package dev.microtome.trace;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a run without numbers showed: the values that pass each site, as shapes, and in which
/// order.
///
/// A run that calls the network again and again is scanned as far as somebody asks.
final class ScannedRun {
  private record Passing(int order, Object value) {}

  private final Map<Site, Passing> passings = new HashMap<>();
  private final Map<String, Layer<?, ?>> layers;
  private final Iterator<?> calls;

  /// @param calls each `next()` calls the network once, with shape-only tensors
  ScannedRun(Map<String, Layer<?, ?>> layers, Iterator<?> calls) {
    this.layers = layers;
    this.calls = calls;
    advance();
  }

  /// Runs `network` once on the shapes of `input`.
  static <I, O> ScannedRun of(Layer<I, O> network, Map<String, Layer<?, ?>> layers, I input) {
    return new ScannedRun(
        layers,
        new Iterator<O>() {
          private boolean done;

          @Override
          public boolean hasNext() {
            return !done;
          }

          @Override
          public O next() {
            done = true;
            return network.apply(Values.map(input, ShapeOnly::of));
          }
        });
  }

  private boolean advance() {
    if (!calls.hasNext()) {
      return false;
    }
    // A layer at several paths passes under each of them.
    IdentityHashMap<Layer<?, ?>, List<String>> paths = new IdentityHashMap<>();
    layers.forEach((path, layer) -> paths.computeIfAbsent(layer, _ -> new ArrayList<>()).add(path));
    var hooks = new ArrayList<Hook>();
    try {
      paths.forEach((layer, names) -> {
        hooks.add(layer.onInput((_, value) -> pass(names, Site.Place.INPUT, value)));
        hooks.add(layer.onOutput((_, value) -> pass(names, Site.Place.OUTPUT, value)));
      });
      Grad.off(() -> {
        calls.next();
      });
    } finally {
      hooks.forEach(Hook::remove);
    }
    return true;
  }

  private Object pass(List<String> paths, Site.Place place, Object value) {
    int order = passings.size();
    Values.forEach(value, Tensor::save); // scans outlive the scope they are made in
    for (String path : paths) {
      int call = 0;
      while (passings.containsKey(new Site(path, place, call, Site.ALL))) {
        call++;
      }
      passings.put(new Site(path, place, call, Site.ALL), new Passing(order, value));
    }
    return value;
  }

  /// Bytes of what the layers gave in the calls scanned so far: all together, or the largest three.
  synchronized double bytes(boolean all) {
    return passings.entrySet().stream()
        .filter(entry -> entry.getKey().place() == Site.Place.OUTPUT)
        .mapToDouble(entry -> -Forecaster.bytes(entry.getValue().value()))
        .sorted()
        .limit(all ? Long.MAX_VALUE : 3)
        .map(Math::abs)
        .sum();
  }

  private synchronized @Nullable Passing find(Site site) {
    Site whole = site.ofAllRows();
    Passing passing = passings.get(whole);
    while (passing == null && site.call() > 0 && reaches(site) && advance()) {
      passing = passings.get(whole);
    }
    return passing;
  }

  // Only a layer that was called at all can be called again.
  private boolean reaches(Site site) {
    return passings.containsKey(new Site(site.path(), site.place(), 0, Site.ALL));
  }

  /// Position of `site` in the order of the run; negative when it was not reached.
  int order(Site site) {
    Passing passing = find(site);
    return passing == null ? -1 : passing.order();
  }

  /// How often the layer of `site` is called.
  int calls(Site site) {
    int calls = 0;
    while (find(new Site(site.path(), site.place(), calls, Site.ALL)) != null) {
      calls++;
    }
    return calls;
  }

  /// What passes `site`, as shapes; null when it was not reached.
  @Nullable Object value(Site site) {
    Passing passing = find(site);
    return passing == null ? null : passing.value();
  }

  /// The `piece`-th tensor that passes `site`; null when there is none.
  @Nullable Tensor piece(Site site, int piece) {
    List<Tensor> pieces = Values.tensors(value(site));
    return piece < pieces.size() ? pieces.get(piece) : null;
  }
}
