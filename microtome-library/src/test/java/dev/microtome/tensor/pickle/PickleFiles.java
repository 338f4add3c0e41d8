package dev.microtome.tensor.pickle;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/// Checkpoints written by PyTorch 1.13, and files made to break or to bribe a reader.
final class PickleFiles {
  private PickleFiles() {}

  static Path file(String name) {
    return folder().resolve(name);
  }

  private static Path folder() {
    try {
      var index = PickleFiles.class.getResource("/formats/pickle/pth_bad.json");
      return Path.of(Objects.requireNonNull(index).toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<String> bad() throws IOException {
    return names().filter(name -> name.startsWith("bad_") || name.startsWith("malicious_"));
  }

  static Stream<String> good() throws IOException {
    return names()
        .filter(name -> name.endsWith(".pth") || name.endsWith(".bin"))
        .filter(name -> !name.startsWith("bad_") && !name.startsWith("malicious_"));
  }

  /// Those that PyTorch wrote itself, rather than a script with a zip library.
  static Stream<String> byPyTorch() throws IOException {
    return good().filter(name -> !name.matches("ok_(deflated|simple|transposed|other).*"));
  }

  private static Stream<String> names() throws IOException {
    try (var files = Files.list(folder())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    }
  }
}
