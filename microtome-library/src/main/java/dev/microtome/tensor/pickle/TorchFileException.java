package dev.microtome.tensor.pickle;

import java.nio.file.Path;

/// A file that is not a sound PyTorch checkpoint, or that wants more than a checkpoint may. The
/// message reads `FILE, byte OFFSET: REASON; REMEDY`.
public final class TorchFileException extends IllegalArgumentException {
  private final transient Path file;
  private final long offset;

  TorchFileException(Path file, long offset, String reason, String remedy) {
    super("%s, byte %d: %s; %s".formatted(file, offset, reason, remedy));
    this.file = file;
    this.offset = offset;
  }

  /// The file at fault.
  public Path file() {
    return file;
  }

  /// The byte of the file where the fault was seen.
  public long offset() {
    return offset;
  }
}
