package dev.microtome.bench.golden;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What came of one file of goldens.
///
/// @param file its path below the folder that was replayed
/// @param passed cases that agreed in every field
/// @param failed cases that did not
/// @param failures the first differences, in words
/// @param notYet why the file was not replayed; null when it was
public record FileResult(
    String file, int passed, int failed, List<String> failures, @Nullable String notYet) {
  public FileResult {
    failures = List.copyOf(failures);
  }

  /// `FILE: N passed, M failed`.
  public String line() {
    String counts = file + ": " + passed + " passed, " + failed + " failed";
    return notYet == null ? counts : counts + " (not yet: " + notYet + ")";
  }
}
