package dev.microtome.tensor.file;

import java.nio.file.Path;

/// The directory holds its weights as a Python pickle only, which cannot be read yet.
public final class PickleNotReadException extends IllegalArgumentException {
  PickleNotReadException(Path file) {
    super(
        file
            + ": pickled checkpoints cannot be read yet; save the model as safetensors"
            + " (in Python: model.save_pretrained(directory, safe_serialization=True))");
  }
}
