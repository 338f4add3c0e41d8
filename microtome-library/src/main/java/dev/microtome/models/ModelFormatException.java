package dev.microtome.models;

import java.nio.file.Path;

/// A model folder that can't be used: a file missing, broken, contradicting another, or asking for
/// something Microtome does not have. The message reads `FILE: REASON; REMEDY`.
public final class ModelFormatException extends IllegalArgumentException {
  private final transient Path file;

  ModelFormatException(Path file, String reason, String remedy) {
    super(file + ": " + reason + "; " + remedy);
    this.file = file;
  }

  /// The file or folder at fault.
  public Path file() {
    return file;
  }
}
