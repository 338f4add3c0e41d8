package dev.microtome.models.text;

import java.nio.file.Path;

/// A text file that can't be used: missing, empty, not UTF-8, or with a line that is not what it
/// should be.
public final class CorpusException extends IllegalArgumentException {
  /// @param remedy what to do about it
  public CorpusException(Path file, String reason, String remedy) {
    super("%s %s; %s".formatted(file, reason, remedy));
  }

  /// @param line counted from 1
  public CorpusException(Path file, int line, String reason, String remedy) {
    super("%s line %d: %s; %s".formatted(file, line, reason, remedy));
  }
}
