package dev.microtome.server.worker;

import dev.microtome.server.job.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Stream;

/// A short name for what a model's folder holds: from its files' names, sizes and first bytes, so
/// that opening a large model does not read all of it.
final class Revision {
  private static final int BEGINNING = 1 << 20;
  private static final int DIGITS = 16;

  private Revision() {}

  static String of(Path folder) {
    MessageDigest sha = Sha256.begin();
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files = all.filter(Files::isRegularFile).sorted().toList();
      for (Path file : files) {
        String head = file.getFileName() + ":" + Files.size(file) + "\n";
        sha.update(head.getBytes(StandardCharsets.UTF_8));
        try (InputStream in = Files.newInputStream(file)) {
          sha.update(in.readNBytes(BEGINNING));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Sha256.end(sha).substring(0, DIGITS);
  }
}
