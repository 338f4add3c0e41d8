package dev.microtome.bench.soak;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// A folder that goes with what was tried.
record ScratchFolder(Path path) implements AutoCloseable {
  ScratchFolder() throws IOException {
    this(Files.createTempDirectory("microtome-soak"));
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.walk(path)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
