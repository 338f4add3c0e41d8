package dev.microtome.tensor.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.stream.Stream;

/// A file that appears under its name only when it is complete and on disk: written beside it, then
/// renamed. A failure, or a reader that still maps the old one, sees the old one.
public final class FileDraft {
  /// Fills a file.
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel out) throws IOException;
  }

  private static final String END = ".tmp";
  private static final int UUID_LENGTH = 36;

  private FileDraft() {}

  private static String prefix(Path file) {
    return "." + file.getFileName() + ".";
  }

  /// Removes drafts of `file` that programs left behind which were killed while they wrote. Nobody
  /// else may be writing it.
  public static void clear(Path file) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.toList()) {
        String name = String.valueOf(each.getFileName());
        if (name.startsWith(prefix(target))
            && name.endsWith(END)
            && name.length() == prefix(target).length() + UUID_LENGTH + END.length()) {
          Files.deleteIfExists(each);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("clearing " + folder, e);
    }
  }

  /// Writes `content` to `file` in one step.
  public static void write(Path file, Content content) {
    var target = file.toAbsolutePath();
    var draft = target.resolveSibling(prefix(target) + UUID.randomUUID() + END);
    try {
      try {
        try (var out =
            FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          content.writeTo(out);
          out.force(true);
        }
        Files.move(
            draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(draft);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + file, e);
    }
  }

  /// Writes all of `bytes`.
  public static void drain(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) out.write(bytes);
  }
}
