package dev.microtome.models;

import java.util.List;
import java.util.Map;

/// Has models and runs what is traced over them; see [LanguageModel#on].
@FunctionalInterface
public interface ModelHost {
  /// Runs `runs` of the host's own `model` in order, as one session, and returns what each saved by
  /// node id; see [dev.microtome.trace.Runner#run].
  ///
  /// @throws dev.microtome.trace.RunException when one fails there
  List<Map<Integer, Object>> run(LanguageModel<?> model, List<TokenRun> runs);
}
