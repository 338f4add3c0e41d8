package dev.microtome.models.lstm;

import java.nio.file.Path;

/// A text file that can't be used: missing, empty, or not UTF-8.
public final class CorpusException extends IllegalArgumentException {
  CorpusException(Path file, String reason, String remedy) {
    super("%s %s; %s".formatted(file, reason, remedy));
  }
}
