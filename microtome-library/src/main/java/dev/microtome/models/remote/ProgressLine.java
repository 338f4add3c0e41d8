package dev.microtome.models.remote;

import java.io.PrintStream;

/// A job's progress on one line of a terminal, written over as it goes on and cleared at its end.
final class ProgressLine implements RemoteProgress {
  private final PrintStream out;
  private int width;

  ProgressLine(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void status(RemoteStatus status) {
    String line =
        status.state().isFinal() ? "" : "job " + status.id().substring(0, 8) + ": " + status;
    out.print(
        "\r"
            + line
            + " ".repeat(Math.max(0, width - line.length()))
            + (line.isEmpty() ? "\r" : ""));
    out.flush();
    width = line.length();
  }

  @Override
  public synchronized void log(String line) {
    out.println("\r" + line + " ".repeat(Math.max(0, width - line.length())));
    width = 0;
  }
}
