package dev.microtome.trace;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who takes part in a run: one input or several, in one call of the network or in many.
final class Course {
  private static final Course ALONE = new Course(null, false, false);
  private static final Course EDITS = new Course(null, false, true);

  private final @Nullable Rows rows;
  private final boolean manyCalls;
  private final boolean first;
  private final Map<Integer, Integer> ended = new HashMap<>();

  private Course(@Nullable Rows rows, boolean manyCalls, boolean first) {
    this.rows = rows;
    this.manyCalls = manyCalls;
    this.first = first;
  }

  /// One input, one call.
  static Course alone() {
    return ALONE;
  }

  /// The edits of a model, which come before what a trace around them asks for.
  static Course edits() {
    return EDITS;
  }

  /// Several inputs, one call.
  static Course batch(Rows rows) {
    return new Course(rows, false, false);
  }

  /// A procedure of many calls, on one input (null) or several.
  static Course calls(@Nullable Rows rows) {
    return new Course(rows, true, false);
  }

  @Nullable Rows rows() {
    return rows;
  }

  /// Whether hooks go before those that are there already.
  boolean isFirst() {
    return first;
  }

  /// Whether a layer must run although it is skipped: for the other inputs, or because later calls
  /// need what it remembers, such as keys and values.
  boolean runsSkipped() {
    return rows != null || manyCalls;
  }

  private void end(int invoke, int calls) {
    ended.putIfAbsent(invoke, calls);
  }

  /// Whether all invokes still go on.
  boolean isComplete() {
    return ended.isEmpty();
  }

  /// Whether the invoke that `node` belongs to is done.
  boolean isOver(Node node) {
    Site site = Plan.siteOf(node);
    return site != null && isOver(site);
  }

  /// Whether the invoke of `site` was done before it.
  boolean isOver(Site site) {
    return ended.getOrDefault(site.invoke(), Integer.MAX_VALUE) <= site.call();
  }

  /// Follows the procedure of a run of `plan`.
  Procedure.Watcher watching(Plan plan) {
    return new Procedure.Watcher() {
      @Override
      public boolean needsGradients() {
        return plan.goesBackward();
      }

      @Override
      public void ended(int input, int calls) {
        end(input, calls);
      }
    };
  }

  /// How many calls the invoke of `site` had; null while it goes on.
  @Nullable Integer callsOf(Site site) {
    return ended.get(site.invoke());
  }
}
