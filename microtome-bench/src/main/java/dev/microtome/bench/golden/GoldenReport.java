package dev.microtome.bench.golden;

import java.util.List;

/// What came of all files of a folder.
public record GoldenReport(List<FileResult> files) {
  public GoldenReport {
    files = List.copyOf(files);
  }

  /// Cases that agreed.
  public int passed() {
    return files.stream().mapToInt(FileResult::passed).sum();
  }

  /// Cases that did not.
  public int failed() {
    return files.stream().mapToInt(FileResult::failed).sum();
  }

  /// Whether something ran and nothing failed.
  public boolean isGood() {
    return failed() == 0 && passed() > 0;
  }
}
