package dev.microtome.dynamic.choice;

import java.util.List;

/// What was tried with one layer.
///
/// @param path where it is
/// @param kind its type as printed
/// @param bytes of its weights as they are
/// @param trials one for each form it can take
/// @param remark why there are none; empty when there are
public record LayerTrials(String path, String kind, long bytes, List<Trial> trials, String remark) {
  public LayerTrials {
    trials = List.copyOf(trials);
  }
}
