package dev.microtome.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// Where and how a command prints; mixed into every command with the options `--json` and
/// `--color`.
final class Output {
  private static final JsonMapper JSON = new JsonMapper();

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  boolean json;

  @Option(
      names = "--color",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description = "Colour the text: ${COMPLETION-CANDIDATES}.")
  private Ansi.When color = Ansi.When.AUTO;

  PrintWriter out() {
    return spec().commandLine().getOut();
  }

  PrintWriter err() {
    return spec().commandLine().getErr();
  }

  /// The next line the user types, or null when there is no more.
  @Nullable String typed() {
    if (!(spec().root().userObject() instanceof Main main)) {
      throw new IllegalStateException("nobody types here");
    }
    try {
      return main.in.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the input", e);
    }
  }

  /// Whether a person watches, and would like to see progress.
  boolean isTerminal() {
    return spec().root().userObject() instanceof Main main && main.terminal;
  }

  Ansi ansi() {
    return new Ansi(Ansi.wanted(color, isTerminal()));
  }

  /// To be thrown when an option's value makes no sense: exit code 2.
  ParameterException misuse(String message) {
    return new ParameterException(spec().commandLine(), message);
  }

  /// Refuses counts below 1.
  void requireCount(String option, int count) {
    if (count < 1) {
      throw misuse(option + " must be at least 1, got " + count);
    }
  }

  void line(String text) {
    out().println(text);
  }

  /// Prints a part of a line, at once.
  void piece(String text) {
    out().print(text);
    out().flush();
  }

  /// Columns to draw in; `COLUMNS` tells, else what fits most screens.
  int width() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : 160;
  }

  /// Writes a text file; its folder is made where needed.
  void write(Path file, String text) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /// Prints a record, list or map as JSON.
  void json(Object value) {
    out().println(JSON.writeValueAsString(value));
  }

  private CommandSpec spec() {
    return Objects.requireNonNull(command);
  }
}
