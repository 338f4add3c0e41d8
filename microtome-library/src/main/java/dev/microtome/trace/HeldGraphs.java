package dev.microtome.trace;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.GraphSize;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Warns when a saved value keeps alive all that its gradients would need: a loop that collects
/// such values fills the memory, and nobody sees why.
final class HeldGraphs {
  static final long LARGE = 32L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(HeldGraphs.class);
  private static final int MOST_LINES = 10_000;

  // How often each line's values were seen; they are measured the 1st, 2nd, 4th, 8th … time, since
  // measuring costs about a microsecond per operation, and not at all once the line was warned of.
  private static final Map<String, Integer> SEEN = new ConcurrentHashMap<>();
  private static final int WARNED = -1;

  private HeldGraphs() {}

  /// The saved values with large graphs.
  ///
  /// @param always whether to measure each, as a report wants
  static List<Report.Held> find(Plan plan, Answers answers, boolean always) {
    var found = new ArrayList<Report.Held>();
    if (plan.goesBackward() || !Grad.isEnabled()) {
      return found; // a backward pass frees what it used
    }
    for (Node node : plan.graph().nodes()) {
      Tensor holder = node.isSaved() ? holder(node, answers) : null;
      if (holder != null && (always || isDue(node))) {
        GraphSize size = GraphSize.of(holder);
        if (size.bytes() >= LARGE) {
          var held = new Report.Held(node.label(), node.line(), size);
          found.add(held);
          warn(held);
        }
      }
    }
    return found;
  }

  private static @Nullable Tensor holder(Node node, Answers answers) {
    if (node.step() instanceof Step.Cache cache && cache.keep().detach()) {
      return null;
    }
    Tensor last = null; // of several the last one holds most
    for (Tensor tensor : Values.tensors(answers.orNull(node))) {
      last = tensor.requiresGrad() ? tensor : last;
    }
    return last;
  }

  private static boolean isDue(Node node) {
    String line = Objects.requireNonNullElse(node.line(), "");
    if (SEEN.size() >= MOST_LINES) {
      SEEN.clear();
    }
    int times = SEEN.merge(line, 1, (seen, one) -> seen == WARNED ? WARNED : seen + one);
    return times != WARNED && Integer.bitCount(times) == 1;
  }

  private static void warn(Report.Held held) {
    Integer before = SEEN.put(Objects.requireNonNullElse(held.line(), ""), WARNED);
    if (before == null || before != WARNED) {
      LOG.warn("{}", held);
    }
  }
}
