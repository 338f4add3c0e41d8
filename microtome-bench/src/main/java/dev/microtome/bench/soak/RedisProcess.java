package dev.microtome.bench.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A `redis-server` that has on disk what it answered, to be killed.
final class RedisProcess implements AutoCloseable {
  private final Path folder;
  private final List<String> before;
  private final String address;
  private final int port;
  private Process process;

  RedisProcess(Path folder) throws IOException, InterruptedException {
    this(folder, List.of(), "127.0.0.1", "");
  }

  /// One on a host of its own, for others who know the password.
  RedisProcess(Path folder, Hosts hosts, String password) throws IOException, InterruptedException {
    this(
        folder,
        hosts.on(Hosts.Host.REDIS),
        Hosts.Host.REDIS.address(),
        "requirepass " + password + "\n");
  }

  private RedisProcess(Path folder, List<String> before, String address, String settings)
      throws IOException, InterruptedException {
    this.folder = folder;
    this.before = before;
    this.address = address;
    Files.writeString(folder.resolve("redis.conf"), settings);
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    process = launch();
  }

  private Process launch() throws IOException, InterruptedException {
    var command = new ArrayList<>(before);
    command.addAll(
        List.of(
            "redis-server",
            folder.resolve("redis.conf").toString(),
            "--port",
            Integer.toString(port),
            "--bind",
            address,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--dir",
            folder.toString(),
            "--logfile",
            folder.resolve("redis.log").toString()));
    Process started = new ProcessBuilder(command).start();
    for (int i = 0; i < 500 && started.isAlive(); i++) {
      try (var _ = new Socket(address, port)) {
        return started;
      } catch (IOException notYet) {
        Thread.sleep(20);
      }
    }
    throw new IOException("redis-server does not start; see " + folder.resolve("redis.log"));
  }

  String url() {
    return "redis://" + address + ":" + port + "/0";
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
