package dev.microtome.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/// One run of the program in this JVM: what it printed and how it ended.
record Session(int exitCode, String out, String err) {
  static Session of(String... args) {
    return of(false, System.getenv(), args);
  }

  static Session of(boolean terminal, String... args) {
    return of(terminal, System.getenv(), args);
  }

  static Session of(boolean terminal, Map<String, String> environment, String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exitCode =
        Main.run(
            terminal, environment, new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Session(exitCode, out.toString(), err.toString());
  }
}
