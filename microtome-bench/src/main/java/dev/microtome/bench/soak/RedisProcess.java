package dev.microtome.bench.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;

/// A `redis-server` that has on disk what it answered, to be killed.
final class RedisProcess implements AutoCloseable {
  private final Path folder;
  private final int port;
  private Process process;

  RedisProcess(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    process = launch();
  }

  private Process launch() throws IOException, InterruptedException {
    var command =
        List.of(
            "redis-server",
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--dir",
            folder.toString(),
            "--logfile",
            folder.resolve("redis.log").toString());
    Process started = new ProcessBuilder(command).start();
    for (int i = 0; i < 500 && started.isAlive(); i++) {
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return started;
      } catch (IOException notYet) {
        Thread.sleep(20);
      }
    }
    throw new IOException("redis-server does not start; see " + folder.resolve("redis.log"));
  }

  String url() {
    return "redis://127.0.0.1:" + port + "/0";
  }

  void killAndRestart() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    process = launch();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
