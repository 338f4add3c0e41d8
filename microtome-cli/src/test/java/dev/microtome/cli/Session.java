package dev.microtome.cli;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Map;

/// One run of the program in this JVM: what it printed and how it ended.
record Session(int exitCode, String out, String err) {
  static Session of(String... args) {
    return typing("", args);
  }

  /// A run in an environment of its own.
  static Session of(boolean terminal, Map<String, String> environment, String... args) {
    return run(terminal, environment, "", args);
  }

  /// A run in which somebody types `input`.
  static Session typing(String input, String... args) {
    return run(false, System.getenv(), input, args);
  }

  private static Session run(
      boolean terminal, Map<String, String> environment, String input, String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    var main = new Main(terminal, environment, new BufferedReader(new StringReader(input)));
    int exitCode = Main.run(main, new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Session(exitCode, out.toString(), err.toString());
  }
}
