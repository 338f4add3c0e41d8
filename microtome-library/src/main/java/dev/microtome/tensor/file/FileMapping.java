package dev.microtome.tensor.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// Brings a whole file into the address space, copy-on-write: who writes to the memory changes
/// neither the file nor crashes. It is unmapped when no segment of it is reachable any more, never
/// earlier.
public final class FileMapping {
  private FileMapping() {}

  /// All of `file`; an empty one is `NULL`.
  ///
  /// @throws SafetensorsException when it is no regular file, or changes while it is opened
  public static MemorySegment map(Path file) {
    if (!Files.isRegularFile(file)) throw notAFile(file);
    try {
      if (Files.size(file) == 0) return MemorySegment.NULL;
      var mapped = hasPosix() ? PosixMapping.tryMap(file) : null;
      if (mapped != null) return mapped;
      return Files.isWritable(file) ? mapPrivate(file) : copy(file);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }

  private static SafetensorsException notAFile(Path file) {
    if (Files.exists(file)) {
      return new SafetensorsException(
          file, 0, null, "this is not a regular file", "name a file of tensors");
    }
    var parent = file.toAbsolutePath().getParent();
    String remedy = "the directory is missing too; check the path";
    if (parent != null && Files.isDirectory(parent)) {
      try (var siblings = Files.list(parent)) {
        var names = siblings.map(p -> String.valueOf(p.getFileName())).limit(1000).toList();
        remedy = names.isEmpty() ? "its directory is empty" : near(file, names);
      } catch (IOException e) {
        remedy = "its directory cannot be listed; check the path";
      }
    }
    return new SafetensorsException(file, 0, null, "there is no such file", remedy);
  }

  private static String near(Path file, List<String> siblings) {
    return Names.near(String.valueOf(file.getFileName()), siblings);
  }

  private static boolean hasPosix() {
    String os = System.getProperty("os.name", "");
    boolean known = os.equals("Linux") || os.startsWith("Mac");
    return known && ValueLayout.ADDRESS.byteSize() == Long.BYTES;
  }

  /// The JDK asks for a writable channel although nothing is ever written through a private
  /// mapping.
  static MemorySegment mapPrivate(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long size = channel.size();
      var mapped = channel.map(MapMode.PRIVATE, 0, size, Arena.ofAuto());
      checkUnchanged(file, size, channel.size());
      return mapped;
    }
  }

  /// Where only the JDK can map, a read-only file cannot be mapped writable, and a tensor over
  /// read-only pages would end the process at the first in-place operation: such a file is read
  /// into memory.
  static MemorySegment copy(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      var memory = Arena.ofAuto().allocate(size, 64);
      long at = 0;
      while (at < size) {
        long room = Math.min(size - at, 1L << 30);
        int read = channel.read(memory.asSlice(at, room).asByteBuffer(), at);
        if (read < 0) break;
        at += read;
      }
      checkUnchanged(file, size, Math.min(at, channel.size()));
      return memory;
    }
  }

  /// Pages past a file's end are a bus error in native code, so a file that shrank is not touched.
  static void checkUnchanged(Path file, long before, long after) {
    if (before == after) return;
    throw new SafetensorsException(
        file,
        Math.min(before, after),
        null,
        "the file changed from %d to %d bytes while it was opened".formatted(before, after),
        "wait until it is written completely");
  }
}
