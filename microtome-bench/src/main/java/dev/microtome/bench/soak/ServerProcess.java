package dev.microtome.bench.soak;

import dev.microtome.server.key.Keys;
import dev.microtome.server.key.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A server in a process of its own, started again and again in one folder: an [EchoServer], or one
/// that hosts a model.
final class ServerProcess implements AutoCloseable {
  final Path folder;
  final String key;
  private final ScratchFolder scratch;
  private final List<String> more;
  private final EchoProcess echo;
  private int port;

  /// @param more what [EchoServer] is told beside folder and port
  ServerProcess(String... more) throws IOException {
    this(EchoServer.class, new ScratchFolder(), List.of(more));
  }

  private ServerProcess(Class<?> program, ScratchFolder scratch, List<String> more)
      throws IOException {
    this.scratch = scratch;
    this.folder = scratch.path();
    this.more = more;
    try (Keys keys = Keys.open(folder, InstantSource.system())) {
      key = keys.create("soak", EnumSet.allOf(Scope.class), null).text();
    }
    echo = new EchoProcess(program, folder, arguments().toArray(String[]::new));
    port = Integer.parseInt(echo.said());
  }

  /// An [EchoServer] that keeps its data in `folder`.
  static ServerProcess in(Path folder) throws IOException {
    return new ServerProcess(EchoServer.class, new ScratchFolder(folder), List.of());
  }

  /// One that hosts the shipped model, in a worker process.
  static ServerProcess hosting() throws IOException {
    var scratch = new ScratchFolder();
    Path model = Folders.shipped(scratch.path().resolve("model"));
    return new ServerProcess(SoakServer.class, scratch, List.of(model.toString()));
  }

  private List<String> arguments() {
    var all = new ArrayList<>(List.of(Integer.toString(port)));
    all.addAll(more);
    return all;
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
    echo.killAndRestart(arguments());
  }

  /// Tells it to end, waits until it did, and starts it again; returns how many seconds it took to
  /// end.
  double endAndRestart() throws IOException, InterruptedException {
    return echo.endAndRestart(arguments());
  }

  boolean isAlive() {
    return echo.process().isAlive();
  }

  long id() {
    return echo.process().pid();
  }

  /// The worker process of the model it hosts, or null while there is none.
  @Nullable ProcessHandle worker() throws IOException {
    for (ProcessHandle child : echo.process().children().toList()) {
      try {
        String command = Files.readString(Path.of("/proc/" + child.pid() + "/cmdline"));
        if (command.contains("WorkerMain")) {
          return child;
        }
      } catch (NoSuchFileException gone) {
        // it ended meanwhile
      }
    }
    return null;
  }

  /// Megabytes of memory the process takes.
  double residentMegabytes() throws IOException {
    return residentMegabytes(id());
  }

  /// Megabytes of memory a process takes.
  static double residentMegabytes(long id) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + id + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
      }
    }
    throw new IOException("this system does not tell how much memory a process takes");
  }

  /// Whether libtorch is mapped into the process.
  boolean hasLibtorch() throws IOException {
    return Files.readString(Path.of("/proc/" + id() + "/maps")).contains("libtorch");
  }

  @Override
  public void close() throws IOException {
    echo.close();
    scratch.close();
  }
}
