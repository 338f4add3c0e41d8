package dev.microtome.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/// Where a server keeps keys, jobs and results; mixed into the commands that touch them.
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = {
        "Where keys, jobs and results are kept.",
        "  Default: .microtome/server in your home folder"
      },
      showDefaultValue = Visibility.NEVER)
  private @Nullable Path data;

  /// The folder, made where needed.
  Path folder() {
    Path folder =
        data == null ? Path.of(System.getProperty("user.home"), ".microtome", "server") : data;
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
  }
}
