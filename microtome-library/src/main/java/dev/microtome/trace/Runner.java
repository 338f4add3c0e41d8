package dev.microtome.trace;

import java.util.List;
import java.util.Map;

/// Runs traces somewhere else; see [Model#on].
@FunctionalInterface
public interface Runner {
  /// Runs them in order, as one session, and returns what each saved, by node id: tensors, and for
  /// a cache a map from [Site] to the tensors that passed there. A node in a branch that was not
  /// taken has no entry.
  ///
  /// @throws RunException when one fails there
  List<Map<Integer, Object>> run(List<Run> runs);
}
