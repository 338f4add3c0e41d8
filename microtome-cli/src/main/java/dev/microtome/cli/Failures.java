package dev.microtome.cli;

import java.io.UncheckedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// How the program says that something went wrong: one line on the error stream, and an exit code.
final class Failures {
  private Failures() {}

  /// A command failed; 1.
  static int report(Exception failure, CommandLine command, boolean stacktrace) {
    command.getErr().println(command.getColorScheme().errorText("microtome: " + line(failure)));
    if (stacktrace) {
      failure.printStackTrace(command.getErr());
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /// A command was called wrongly; 2.
  static int misuse(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    command.getErr().println(command.getColorScheme().errorText("microtome: " + line(failure)));
    command.getErr().println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static String line(Exception failure) {
    String message = Objects.toString(failure.getMessage(), "").strip();
    String text =
        switch (failure) {
          case ParameterException _, IllegalArgumentException _, IllegalStateException _ -> message;
          case UncheckedIOException io -> withCause(message, io.getCause());
          default -> failure.getClass().getSimpleName() + ": " + message;
        };
    return text.isEmpty()
        ? failure.getClass().getSimpleName() + " (--stacktrace shows where)"
        : text.replaceAll("\\s*\\R\\s*", " ");
  }

  private static String withCause(String message, @Nullable Throwable cause) {
    if (cause == null || message.contains(cause.getClass().getSimpleName())) {
      return message;
    }
    return message + ": " + cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }
}
