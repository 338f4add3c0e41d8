package dev.microtome.dynamic;

import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.FileDraft;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which engine was fastest, kept from process to process: `microtome/engines.txt` in the user's
/// cache (`-Dmicrotome.cache=DIR` for another folder). A line is the size of a matrix, the engine,
/// and the machine with its libtorch, whose lines alone count.
///
/// It only saves time: a file that can't be read or written is told and done without.
final class EngineFile {
  private static final Logger LOG = LoggerFactory.getLogger(EngineFile.class);
  private static final String SEPARATOR = "\t";

  private final Path file;
  private final String machine;

  EngineFile(Path file, String machine) {
    this.file = file;
    this.machine = machine;
  }

  /// The one of this user and machine.
  static EngineFile own() {
    String caches = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
    Path cache =
        caches.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(caches);
    String dir = System.getProperty("microtome.cache", cache.resolve("microtome").toString());
    return new EngineFile(Path.of(dir, "engines.txt"), processor() + ", " + Torch.version());
  }

  private static String processor() {
    String arch = System.getProperty("os.arch");
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name") || line.startsWith("flags"))
          .limit(2)
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .map(text -> text.length() > 60 ? Integer.toHexString(text.hashCode()) : text)
          .reduce(arch, (all, text) -> all + " " + text);
    } catch (IOException | UncheckedIOException notLinux) {
      return arch;
    }
  }

  /// The engine for a matrix, or null when nothing is known.
  @Nullable QuantizedEngine get(String size) {
    for (String line : lines()) {
      String[] parts = line.split(SEPARATOR, -1);
      if (parts[0].equals(size) && parts[2].equals(machine)) {
        return QuantizedEngine.valueOf(parts[1]);
      }
    }
    return null;
  }

  /// Adds the engine for a matrix.
  void put(String size, QuantizedEngine engine) {
    List<String> lines = new ArrayList<>(lines());
    lines.add(String.join(SEPARATOR, size, engine.name(), machine));
    byte[] bytes = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      FileDraft.write(file, out -> FileDraft.drain(out, ByteBuffer.wrap(bytes)));
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("which engine is fastest could not be kept in {}: {}", file, e.toString());
    }
  }

  /// The lines of a sound file; none of one that is not.
  private List<String> lines() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      List<String> lines = Files.readAllLines(file);
      for (String line : lines) {
        String[] parts = line.split(SEPARATOR, -1);
        if (parts.length != 3 || !isEngine(parts[1])) {
          LOG.warn("{} is damaged and will be written anew, line: {}", file, line);
          return List.of();
        }
      }
      return lines;
    } catch (IOException e) {
      LOG.warn("{} can't be read and will be written anew: {}", file, e.toString());
      return List.of();
    }
  }

  private static boolean isEngine(String name) {
    return Stream.of(QuantizedEngine.values()).anyMatch(engine -> engine.name().equals(name));
  }
}
