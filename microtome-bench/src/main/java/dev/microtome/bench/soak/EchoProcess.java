package dev.microtome.bench.soak;

import dev.microtome.server.worker.JavaProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program of this module in a process of its own, which says a line when it is ready; its first
/// argument is a folder, where its log goes. It can be killed and started again.
final class EchoProcess implements AutoCloseable {
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-Xmx256m");

  private final List<String> before;
  private final Class<?> program;
  private final Path folder;
  private final List<String> arguments;
  private Process process;
  private String said;

  EchoProcess(Class<?> program, Path folder, String... arguments) throws IOException {
    this(List.of(), program, folder, arguments);
  }

  /// @param before what its command begins with, to run it somewhere else
  EchoProcess(List<String> before, Class<?> program, Path folder, String... arguments)
      throws IOException {
    this.before = before;
    this.program = program;
    this.folder = Files.createDirectories(folder);
    this.arguments = List.of(arguments);
    launch(this.arguments);
  }

  private void launch(List<String> with) throws IOException {
    var all = new ArrayList<>(List.of(folder.toString()));
    all.addAll(with);
    ProcessBuilder java = new JavaProgram(program, OPTIONS, all).command();
    var command = new ArrayList<>(before);
    command.addAll(java.command());
    process =
        java.command(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    if (line == null) {
      throw new IOException("the process did not start; see " + log());
    }
    said = line.strip();
  }

  Path log() {
    return folder.resolve("stderr.log");
  }

  /// What it said when it was ready.
  String said() {
    return said;
  }

  Process process() {
    return process;
  }

  /// Kills it, as the system would when memory is short, and starts it again.
  void killAndRestart() throws IOException, InterruptedException {
    killAndRestart(arguments);
  }

  void killAndRestart(List<String> with) throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    launch(with);
  }

  /// Tells it to end, waits until it did, and starts it again; returns how many seconds it took to
  /// end.
  double endAndRestart(List<String> with) throws IOException, InterruptedException {
    long began = System.nanoTime();
    process.destroy();
    process.waitFor();
    double seconds = (System.nanoTime() - began) / 1e9;
    launch(with);
    return seconds;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
