package dev.microtome.trace;

import org.jspecify.annotations.Nullable;

/// Stands beside a run: may end it between two nodes, hears what it logs, and at which node it
/// failed.
interface Guard {
  /// Lets everything pass.
  Guard NONE = new Guard() {};

  /// A node is about to run; whatever this throws ends the run.
  default void between() {}

  /// The run logged a line.
  default void log(String line) {
    LogLine.tell(line);
  }

  /// An operation is about to run with these arguments; whatever this throws ends the run.
  default void calling(Step.Call call, @Nullable Object[] args) {}

  /// What to throw when a run fails while it is at `node`, or at none (-1).
  default RuntimeException failed(int node, RuntimeException cause) {
    return cause;
  }
}
