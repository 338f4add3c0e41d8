package dev.microtome.models.remote;

/// Hears how a job goes on.
public interface RemoteProgress {
  /// Hears nothing.
  RemoteProgress SILENT = new RemoteProgress() {};

  /// One line that is written over and over, if this program has a terminal.
  static RemoteProgress onTerminal() {
    return System.console().isTerminal()
        ? new ProgressLine(System.err)
        : SILENT;
  }

  /// The job is at another place.
  default void status(RemoteStatus status) {}

  /// The job wrote a line.
  default void log(String line) {}
}
