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
/// @param upstreamBugs cases whose recorded behaviour is a defect that is not repeated here; −1
///   where none are told apart
public record FileResult(
    String file,
    int passed,
    int failed,
    List<String> failures,
    @Nullable String notYet,
    int upstreamBugs) {
  public FileResult {
    failures = List.copyOf(failures);
  }

  FileResult(String file, int passed, int failed, List<String> failures, @Nullable String notYet) {
    this(file, passed, failed, failures, notYet, -1);
  }

  /// `FILE: N passed, M failed`, and `, K upstream_bug` where they are told apart.
  public String line() {
    String counts =
        file
            + ": "
            + passed
            + " passed, "
            + failed
            + " failed"
            + (upstreamBugs < 0 ? "" : ", " + upstreamBugs + " upstream_bug");
    return notYet == null ? counts : counts + " (not yet: " + notYet + ")";
  }
}
