package dev.microtome.bench.golden;

import dev.microtome.tensor.file.Safetensors;
import dev.microtome.tensor.file.SafetensorsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays good and bad checkpoint files: folders with a `manifest.json`, a list of files with what
/// a reader must do with each (`expect`: accept, reject or either). Accepting means that every
/// tensor can be had; rejecting means an error that names the file, the byte and the reason.
final class FormatsGoldens {
  private static final JsonMapper JSON = new JsonMapper();

  private FormatsGoldens() {}

  static GoldenReport replay(Path dir) {
    try (Stream<Path> all = Files.walk(dir)) {
      return new GoldenReport(
          all.filter(path -> path.getFileName().toString().equals("manifest.json"))
              .sorted()
              .flatMap(manifest -> folder(dir, manifest))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
  }

  private static Stream<FileResult> folder(Path dir, Path manifest) {
    try {
      return StreamSupport.stream(JSON.readTree(Golden.textOf(manifest)).spliterator(), false)
          .map(entry -> file(dir, manifest, entry));
    } catch (JacksonException | UncheckedIOException e) {
      return Stream.of(result(dir.relativize(manifest).toString(), "no sound manifest: " + e));
    }
  }

  private static FileResult file(Path dir, Path manifest, JsonNode entry) {
    Path file = manifest.resolveSibling(entry.path("file").asString("(no file named)"));
    String name = dir.relativize(file).toString();
    if (!Files.isRegularFile(file)) {
      return result(name, "the manifest names it, but it is not there");
    }
    String expect = entry.path("expect").asString("nothing");
    boolean pickled = name.matches(".*\\.(bin|pt|pth|pkl)");
    return result(name, pickled ? pickleFault(file, expect) : fault(file, expect));
  }

  private static FileResult result(String name, @Nullable String fault) {
    return fault == null
        ? new FileResult(name, 1, 0, List.of(), null)
        : new FileResult(name, 0, 1, List.of(fault), null);
  }

  /// The same for a PyTorch checkpoint.
  private static @Nullable String pickleFault(Path file, String expect) {
    String outcome = CheckpointGoldens.outcome(file);
    String wanted =
        switch (expect) {
          case "accept" -> "accepted";
          case "reject", "refuse" -> "refused";
          case "either" -> outcome.equals("refused") ? "refused" : "accepted";
          default -> "known: " + expect;
        };
    return outcome.equals(wanted) ? null : "should be " + wanted + ", but " + outcome;
  }

  /// What is wrong with how the reader takes the file, or null.
  private static @Nullable String fault(Path file, String expect) {
    try {
      readAll(file);
      return switch (expect) {
        case "accept", "either" -> null;
        case "reject", "refuse" -> "was accepted, but is bad";
        default -> "the manifest expects " + expect + ", which is unknown";
      };
    } catch (SafetensorsException e) {
      return switch (expect) {
        case "either" -> null;
        case "reject", "refuse" -> unclear(file, e);
        default -> "was refused: " + e.getMessage();
      };
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      return "ended in " + e;
    }
  }

  private static void readAll(Path file) {
    try (var opened = Safetensors.open(file)) {
      for (String name : opened.names()) {
        var info = opened.info(name);
        long size = opened.bytes(name).byteSize();
        if (info.type().dtype() != null) { // a packed type is had as bytes only
          var tensor = opened.tensor(name);
          size = tensor.numel() * tensor.dtype().bytes();
        }
        if (size != info.bytes()) {
          throw new IllegalStateException(name + " has " + size + " bytes, not " + info.bytes());
        }
      }
    }
  }

  private static @Nullable String unclear(Path file, SafetensorsException e) {
    String message = String.valueOf(e.getMessage());
    String start = file + ", byte " + e.offset();
    return message.startsWith(start) && message.length() > start.length() + 2
        ? null
        : "was refused without file, byte or reason: " + message;
  }
}
