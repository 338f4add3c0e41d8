package dev.microtome.bench.soak;

import dev.microtome.server.key.Keys;
import dev.microtome.server.key.Scope;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An [EchoServer] in a process of its own, started again and again in one folder.
final class ServerProcess implements AutoCloseable {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  final Path folder;
  final String key;
  private final Path log;
  private Process process;
  private int port;

  ServerProcess() throws IOException {
    folder = Files.createTempDirectory("microtome-soak");
    log = folder.resolve("stderr.log");
    try (Keys keys = Keys.open(folder, InstantSource.system())) {
      key = keys.create("soak", EnumSet.allOf(Scope.class), null).text();
    }
    process = launch();
  }

  private Process launch() throws IOException {
    var command =
        List.of(
            JAVA,
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            EchoServer.class.getName(),
            folder.toString(),
            Integer.toString(port));
    Process started =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    BufferedReader out = started.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    if (line == null) {
      throw new IOException("the server did not start; see " + log);
    }
    port = Integer.parseInt(line.strip());
    return started;
  }

  int port() {
    return port;
  }

  /// What it wrote to its log.
  String log() throws IOException {
    return Files.readString(log);
  }

  /// Kills it, as the system would when memory is short, and starts it again on the same port.
  void killAndRestart() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    process = launch();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// Megabytes of memory the process takes.
  long residentMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
      }
    }
    throw new IOException("this system does not tell how much memory a process takes");
  }

  /// Whether libtorch is mapped into the process.
  boolean hasLibtorch() throws IOException {
    return Files.readString(Path.of("/proc/" + process.pid() + "/maps")).contains("libtorch");
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (var files = Files.walk(folder)) {
      files.sorted(java.util.Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
