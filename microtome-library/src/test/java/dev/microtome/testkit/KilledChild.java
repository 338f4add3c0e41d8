package dev.microtome.testkit;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/// A program that dies in the middle: in a JVM of its own, with this one's options, which is killed
/// (`SIGKILL`).
public final class KilledChild {
  private KilledChild() {}

  /// Runs a program's `main` and kills it when it has said a line, or says some more until the
  /// signal is there; gives all lines it has said.
  public static List<String> after(String line, Class<?> program, String... arguments)
      throws IOException, InterruptedException {
    var process = new ProcessBuilder(command(program, arguments)).redirectErrorStream(true).start();
    var said = new ArrayList<String>();
    try (var lines = process.inputReader()) {
      String next = lines.readLine();
      while (next != null) {
        said.add(next);
        if (next.equals(line)) {
          process.toHandle().destroyForcibly(); // the process's own method would close its lines
        }
        next = lines.readLine();
      }
    }
    if (process.waitFor() == 0 || !said.contains(line)) {
      throw new IllegalStateException("the child ended by itself: " + said);
    }
    return said;
  }

  private static List<String> command(Class<?> program, String... arguments) {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--") || option.startsWith("-XX:"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(List.of(arguments));
    return command;
  }
}
