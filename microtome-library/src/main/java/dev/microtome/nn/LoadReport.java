package dev.microtome.nn;

import java.util.List;

/// What did not fit when a state dict was loaded: paths the state lacks, paths the network lacks,
/// and paths whose shape or kind of dtype differs, with both told.
public record LoadReport(List<String> missing, List<String> unexpected, List<String> misshaped) {
  public LoadReport {
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
    misshaped = List.copyOf(misshaped);
  }

  /// Whether everything fitted.
  public boolean isClean() {
    return missing.isEmpty() && unexpected.isEmpty() && misshaped.isEmpty();
  }
}
