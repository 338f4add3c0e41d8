package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The layers that are skipped in a run.
///
/// A layer skipped for all is not run. One that others need runs, and the rows of those who skip it
/// are replaced when it is done; until then what lies inside it is closed to them.
final class Skips {
  /// One layer between its input and its output.
  private record Open(Node node, Site site, Tensor output) {}

  private final List<Open> open = new ArrayList<>();
  private final Map<Integer, Node> closed = new HashMap<>();

  /// `node`'s layer runs, but its output will be `output` for the rows of its site.
  void begin(Node node, Site site, Tensor output) {
    open.add(new Open(node, site, output));
  }

  /// Whether no layer is being skipped now.
  boolean isIdle() {
    return open.isEmpty();
  }

  /// A layer is done: those who skip it get their rows.
  void end(Plan.Stop stop, int call, Activation activation) {
    if (open.isEmpty() || stop.place() != Site.Place.OUTPUT) {
      return;
    }
    for (Open one : List.copyOf(open)) {
      if (one.site().path().equals(stop.path()) && one.site().call() == call) {
        activation.replace(one.site().output(), 0, one.output());
        open.remove(one);
      }
    }
  }

  /// Whether the site of `node` lies inside a layer that its rows skip; it is remembered then.
  boolean closes(Node node) {
    Site site = open.isEmpty() ? null : Plan.siteOf(node);
    Node skip = site == null ? null : around(site);
    if (skip != null) {
      closed.put(node.id(), skip);
    }
    return skip != null;
  }

  /// Whether `site` lies inside a layer that its rows skip.
  boolean closes(Site site) {
    return around(site) != null;
  }

  private @Nullable Node around(Site site) {
    for (Open one : open) {
      if (isInside(site.path(), one.site().path()) && covers(one.site(), site)) {
        return one.node();
      }
    }
    return null;
  }

  /// The layer of `skip` does not run at all, so what lives at `stop`, inside it, is passed over.
  void passOver(Plan.Stop stop, int call, Node skip) {
    for (int id : stop.entriesByCall().getOrDefault(call, new int[0])) {
      closed.put(id, skip);
    }
  }

  /// The skip that keeps node `id` from ever being answered, or null.
  @Nullable Node reason(int id) {
    return closed.get(id);
  }

  private static boolean covers(Site skipped, Site other) {
    return skipped.invoke() == Site.ALL || skipped.invoke() == other.invoke();
  }

  static boolean isInside(String path, String layer) {
    return layer.isEmpty() ? !path.isEmpty() : path.startsWith(layer + ".");
  }
}
