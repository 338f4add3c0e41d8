package dev.microtome.bench.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Replays goldens of dynamic quantization: folders with checkpoints (`.pth`) and recorded weights,
/// activations, layers and whole models (`.json`), each by the name of its file.
final class DynquantGoldens {
  private DynquantGoldens() {}

  static GoldenReport replay(Path dir) {
    var results = new ArrayList<FileResult>();
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path folder : all.filter(Files::isDirectory).sorted().toList()) {
        results.addAll(CheckpointGoldens.replay(dir, folder));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
    return new GoldenReport(List.copyOf(results));
  }
}
