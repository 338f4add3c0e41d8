package dev.microtome.bench.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// The command `golden FAMILY DIR`: replays the goldens of a family found anywhere below a folder,
/// prints a line per file and the totals. Exits 1 when one failed or none ran, 2 when misused.
public final class Golden {
  private static final Map<String, Function<Path, GoldenReport>> FAMILIES =
      new TreeMap<>(
          Map.of(
              "dynquant", DynquantGoldens::replay,
              "brevitas", BrevitasGoldens::replay,
              "formats", FormatsGoldens::replay,
              "generation", RenderingGoldens::replay,
              "hqq", HqqGoldens::replay,
              "models", ModelsGoldens::replay,
              "tokenizers", TokenizerGoldens::replay));

  private Golden() {}

  /// Runs the command; `args` are the family and the folder.
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    Function<Path, GoldenReport> family = args.length == 2 ? FAMILIES.get(args[0]) : null;
    if (family == null) {
      System.err.println("usage: golden FAMILY DIR, with FAMILY one of " + FAMILIES.keySet());
      return 2;
    }
    if (!Files.isDirectory(Path.of(args[1]))) {
      System.err.println("golden: " + args[1] + " is no folder");
      return 2;
    }
    GoldenReport report = family.apply(Path.of(args[1]));
    for (FileResult file : report.files()) {
      System.out.println(file.line());
      file.failures().forEach(failure -> System.out.println("  " + failure));
    }
    System.out.println(
        "total: "
            + report.passed()
            + " passed, "
            + report.failed()
            + " failed, "
            + report.files().size()
            + " files");
    return report.isGood() ? 0 : 1;
  }

  /// Reads the text of a file of goldens.
  static String textOf(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
