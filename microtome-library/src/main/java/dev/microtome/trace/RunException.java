package dev.microtome.trace;

import dev.microtome.tensor.AskedFor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A run that was asked for elsewhere failed. The cause is what it would be here, without the line
/// that asked: only who recorded the graph knows that.
public final class RunException extends RuntimeException {
  private final int trace;
  private final int node;

  public RunException(int trace, int node, RuntimeException cause) {
    super(
        "run %d%s failed: %s"
            .formatted(trace + 1, node < 0 ? "" : ", node " + node, cause.getMessage()),
        cause);
    this.trace = trace;
    this.node = node;
  }

  /// Which run of the session, from 0.
  public int trace() {
    return trace;
  }

  /// Which node of its graph, or -1 when it was none.
  public int node() {
    return node;
  }

  /// Why.
  public RuntimeException reason() {
    return (RuntimeException) java.util.Objects.requireNonNull(getCause());
  }

  /// What would have been thrown had the graphs run here.
  RuntimeException here(List<Graph> graphs) {
    RuntimeException reason = reason();
    boolean known = trace >= 0 && trace < graphs.size() && node >= 0;
    if (!known || node >= graphs.get(trace).size()) {
      return reason;
    }
    @Nullable String line = graphs.get(trace).node(node).line();
    if (line == null) {
      return reason;
    }
    return reason instanceof AskedFor asked ? asked.askedForAt(line) : reason;
  }
}
