package dev.microtome.adapt;

import java.nio.file.Path;

/// A file of a PEFT adapter is missing, broken, or says what is not supported.
public final class PeftFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  PeftFormatException(Path file, String what) {
    super(file + " " + what);
  }
}
