package dev.microtome.trace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says why a node of a run was not answered.
final class Missing {
  private final Graph graph;
  private final List<PassedStop> counts;
  private final Skips skips;
  private final Course course;

  Missing(Graph graph, List<PassedStop> counts, Skips skips, Course course) {
    this.graph = graph;
    this.counts = counts;
    this.skips = skips;
    this.course = course;
  }

  /// A node was needed and the run is over.
  MissingValueException never(Node node) {
    Node skip = skips.reason(node.id());
    if (skip != null) {
      return skipped(node, skip);
    }
    Site site = Plan.siteOf(node);
    if (site != null) {
      return notCalled(node, site);
    }
    return new MissingValueException(
        MissingValueException.Reason.NEVER_REACHED,
        node.step() instanceof Step.Gradient
            ? node.label() + " never arrived: the loss does not depend on it"
            : node.label() + " was never computed",
        node.line());
  }

  private static MissingValueException skipped(Node node, Node skip) {
    String line = skip.line();
    return new MissingValueException(
        MissingValueException.Reason.NEVER_REACHED,
        "%s: the layer was not called, because %s is skipped%s"
            .formatted(node.label(), pathOf(skip), line == null ? "" : " at " + line),
        node.line());
  }

  private static String pathOf(Node skip) {
    Site site = Plan.siteOf(skip);
    return site == null ? skip.label() : site.path();
  }

  private MissingValueException notCalled(Node node, Site site) {
    Integer own = course.callsOf(site);
    int calls = own != null && own <= site.call() ? own : callsOf(site);
    return new MissingValueException(
        calls == 0
            ? MissingValueException.Reason.NEVER_REACHED
            : MissingValueException.Reason.TOO_FEW_CALLS,
        calls == 0
            ? node.label() + ": the layer was not called in this run"
            : "%s: the layer was called %s only; calls and steps count from 0"
                .formatted(node.label(), calls == 1 ? "once" : calls + " times"),
        node.line());
  }

  private int callsOf(Site site) {
    for (PassedStop count : counts) {
      if (count.stop.path().equals(site.path()) && count.stop.place() == site.place()) {
        return count.calls;
      }
    }
    return 0;
  }

  /// The place that `node` changes has passed; `here` is what passes now.
  RuntimeException late(Node node, Answers answers, @Nullable PassedStop here) {
    Node cause = Sources.latest(graph, node.id(), id -> answers.isDone(id) ? -1 : id);
    if (cause != null && skips.reason(cause.id()) != null) {
      return never(cause);
    }
    String target = target(node);
    String needed = cause != null ? String.valueOf(Plan.siteOf(cause)) : name(here);
    return new OutOfOrderException(
        "%s comes too late: it changes %s and needs %s, which is only known after that has passed"
            .formatted(node.label(), target, needed),
        node.line());
  }

  private String target(Node node) {
    Site own = Plan.siteOf(node);
    Site root = node.root() == Node.UNKNOWN ? null : Plan.siteOf(graph.node(node.root()));
    return own != null ? own.toString() : root != null ? root.toString() : "a gradient";
  }

  private static String name(@Nullable PassedStop count) {
    return count == null ? "a later value" : count.stop.toString();
  }
}
