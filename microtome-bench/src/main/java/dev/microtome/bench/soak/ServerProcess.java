package dev.microtome.bench.soak;

import dev.microtome.server.key.Keys;
import dev.microtome.server.key.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;

/// An [EchoServer] in a process of its own, started again and again in one folder.
final class ServerProcess implements AutoCloseable {
  final Path folder;
  final String key;
  private final ScratchFolder scratch = new ScratchFolder();
  private final String[] more;
  private final EchoProcess echo;
  private int port;

  /// @param more what [EchoServer] is told beside folder and port
  ServerProcess(String... more) throws IOException {
    folder = scratch.path();
    this.more = more;
    try (Keys keys = Keys.open(folder, InstantSource.system())) {
      key = keys.create("soak", EnumSet.allOf(Scope.class), null).text();
    }
    echo = new EchoProcess(EchoServer.class, folder, arguments());
    port = Integer.parseInt(echo.said());
  }

  private String[] arguments() {
    return Stream.concat(Stream.of(Integer.toString(port)), Arrays.stream(more))
        .toArray(String[]::new);
  }

  int port() {
    return port;
  }

  /// What it wrote to its log.
  String log() throws IOException {
    return Files.readString(echo.log());
  }

  /// Kills it, as the system would when memory is short, and starts it again on the same port.
  void killAndRestart() throws IOException, InterruptedException {
    echo.killAndRestart(List.of(arguments()));
  }

  boolean isAlive() {
    return echo.process().isAlive();
  }

  /// Megabytes of memory the process takes.
  long residentMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + echo.process().pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
      }
    }
    throw new IOException("this system does not tell how much memory a process takes");
  }

  /// Whether libtorch is mapped into the process.
  boolean hasLibtorch() throws IOException {
    return Files.readString(Path.of("/proc/" + echo.process().pid() + "/maps"))
        .contains("libtorch");
  }

  @Override
  public void close() throws IOException {
    echo.close();
    scratch.close();
  }
}
