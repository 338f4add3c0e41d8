package dev.microtome.trace;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a run without numbers showed: the values that pass each site, as shapes, and in which
/// order.
final class ScannedRun {
  private record Passing(int order, Object value) {}

  private final Map<Site, Passing> passings = new HashMap<>();

  private ScannedRun() {}

  /// Runs `network` on the shapes of `input`.
  static <I, O> ScannedRun of(Layer<I, O> network, Map<String, Layer<?, ?>> layers, I input) {
    var run = new ScannedRun();
    var hooks = new ArrayList<Hook>();
    // A layer at several paths passes under each of them.
    IdentityHashMap<Layer<?, ?>, List<String>> paths = new IdentityHashMap<>();
    layers.forEach((path, layer) -> paths.computeIfAbsent(layer, _ -> new ArrayList<>()).add(path));
    try {
      paths.forEach((layer, names) -> {
        hooks.add(layer.onInput((_, value) -> run.pass(names, Site.Place.INPUT, value)));
        hooks.add(layer.onOutput((_, value) -> run.pass(names, Site.Place.OUTPUT, value)));
      });
      Grad.off(() -> {
        network.apply(Values.map(input, ShapeOnly::of));
      });
    } finally {
      hooks.forEach(Hook::remove);
    }
    return run;
  }

  private Object pass(List<String> paths, Site.Place place, Object value) {
    int order = passings.size();
    for (String path : paths) {
      int call = 0;
      while (passings.containsKey(new Site(path, place, call))) {
        call++;
      }
      passings.put(new Site(path, place, call), new Passing(order, value));
    }
    return value;
  }

  /// Position of `site` in the order of the run; negative when it was not reached.
  int order(Site site) {
    Passing passing = passings.get(site);
    return passing == null ? -1 : passing.order();
  }

  /// What passes `site`, as shapes; null when it was not reached.
  @Nullable Object value(Site site) {
    Passing passing = passings.get(site);
    return passing == null ? null : passing.value();
  }
}
