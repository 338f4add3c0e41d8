package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/// What many layers gave in one run, by path and call; see [Trace#cache].
///
/// Values are those that went on: with the trace's own edits. A layer that was not called has none.
/// A whole value shares its memory with the run, as a saved one does, so what is written to it in
/// place later shows. The values of a recorded trace are those of its latest run.
public final class Cache {
  private final Recording recording;
  private final Node node;

  Cache(Recording recording, Node node) {
    this.recording = recording;
    this.node = node;
  }

  /// Every value by place, in the order of the run.
  public Map<Site, Object> values() {
    return Collections.unmodifiableMap(recording.valuesOf(node));
  }

  /// What the layer at `path` gave when it was first called; the first tensor of several.
  public Tensor output(String path) {
    return output(path, 0);
  }

  /// What the layer at `path` gave at its `call`-th call, from 0.
  public Tensor output(String path, int call) {
    return tensor(path, Site.Place.OUTPUT, call);
  }

  /// What the layer at `path` got when it was first called; the first tensor of several.
  public Tensor input(String path) {
    return input(path, 0);
  }

  public Tensor input(String path, int call) {
    return tensor(path, Site.Place.INPUT, call);
  }

  /// How often the layer at `path` was called while this cache looked.
  public int calls(String path) {
    return (int) Math.max(count(path, Site.Place.OUTPUT), count(path, Site.Place.INPUT));
  }

  private long count(String path, Site.Place place) {
    return values().keySet().stream()
        .filter(site -> site.path().equals(path) && site.place() == place)
        .count();
  }

  private Tensor tensor(String path, Site.Place place, int call) {
    var site = new Site(path, place, call, ((Step.Cache) node.step()).invoke());
    Object value = values().get(site);
    List<Tensor> tensors = Values.tensors(value);
    if (tensors.isEmpty()) {
      int calls = calls(path);
      throw new MissingValueException(
          calls == 0
              ? MissingValueException.Reason.NEVER_REACHED
              : MissingValueException.Reason.TOO_FEW_CALLS,
          "%s is not in the cache: %s"
              .formatted(
                  site,
                  calls == 0
                      ? "the layer was not called, or not asked for"
                      : "the cache has %d calls of it, or not its %s"
                          .formatted(calls, place.label())),
          node.line());
    }
    return tensors.getFirst();
  }

  @Override
  public String toString() {
    return "Cache(" + (recording.isOpen() ? "not run" : values().keySet()) + ")";
  }
}
