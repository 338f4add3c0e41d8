package dev.microtome.tensor.file;

import java.nio.file.Path;

/// The directory holds its weights as a PyTorch pickle only, which is not safetensors.
public final class PickleNotReadException extends IllegalArgumentException {
  PickleNotReadException(Path file) {
    super(
        file
            + ": the weights are there as a PyTorch pickle only; open the folder with WeightsFolder");
  }
}
