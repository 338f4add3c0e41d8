package dev.microtome.models.remote;

import java.io.Console;

/// Hears how a job goes on.
public interface RemoteProgress {
  /// Hears nothing.
  RemoteProgress SILENT = new RemoteProgress() {};

  /// One line that is written over and over, if this program has a terminal.
  @SuppressWarnings("SystemConsoleNull") // it does where there is none
  static RemoteProgress onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal() ? new ProgressLine(System.err) : SILENT;
  }

  /// The job is at another place.
  default void status(RemoteStatus status) {}

  /// The job wrote a line.
  default void log(String line) {}
}
