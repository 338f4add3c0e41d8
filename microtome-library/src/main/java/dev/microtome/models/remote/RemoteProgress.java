package dev.microtome.models.remote;

import dev.microtome.trace.Trace;
import java.io.Console;
import org.slf4j.LoggerFactory;

/// Hears how a job goes on.
public interface RemoteProgress {
  /// Hears nothing.
  RemoteProgress SILENT =
      new RemoteProgress() {
        @Override
        public void log(String line) {}
      };

  /// One line that is written over and over, if this program has a terminal; what jobs log is
  /// printed above it, or else goes to the logger of [Trace].
  @SuppressWarnings("SystemConsoleNull") // it does where there is none
  static RemoteProgress onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal()
        ? new ProgressLine(System.err)
        : new RemoteProgress() {};
  }

  /// The job is at another place.
  default void status(RemoteStatus status) {}

  /// The job logged a line ([Trace#log]).
  default void log(String line) {
    LoggerFactory.getLogger(Trace.class).info("{}", line);
  }
}
