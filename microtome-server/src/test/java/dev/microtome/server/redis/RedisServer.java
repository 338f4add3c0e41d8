package dev.microtome.server.redis;

import dev.microtome.server.job.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A `redis-server` on a free port of this machine, with its files in a folder; it can be killed
/// and started again.
public final class RedisServer implements AutoCloseable {
  private final Path folder;
  private final List<String> options;
  private final int port;
  private Process process;

  private RedisServer(Path folder, List<String> options) {
    this.folder = folder;
    this.options = options;
    this.port = freePort();
    start();
  }

  /// One that forgets everything when it stops.
  public static RedisServer forgetful(Path folder) {
    return new RedisServer(folder, List.of("--appendonly", "no"));
  }

  /// One that has on disk what it answered.
  public static RedisServer durable(Path folder, String... more) {
    var options = new ArrayList<>(List.of("--appendonly", "yes", "--appendfsync", "always"));
    options.addAll(List.of(more));
    return new RedisServer(folder, options);
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void start() {
    var command =
        new ArrayList<>(
            List.of("redis-server", "--port", port + "", "--bind", "127.0.0.1", "--save", ""));
    command.addAll(List.of("--dir", folder.toString()));
    command.addAll(options);
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(folder.resolve("redis.log").toFile()))
              .start();
      untilItListens();
    } catch (IOException missing) {
      throw new UncheckedIOException("redis-server does not start", missing);
    }
  }

  private void untilItListens() throws IOException {
    for (int i = 0; i < 500; i++) {
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException notYet) {
        pause();
      }
    }
    throw new IOException(Files.readString(folder.resolve("redis.log")));
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  /// Ends it in the middle of whatever it does.
  public void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  public RedisAddress address() {
    return RedisAddress.of("redis://127.0.0.1:" + port + "/3", null, null);
  }

  /// Jobs and results in it.
  public RedisDepot depot(Limits limits, @Nullable InstantSource clock) {
    try {
      return RedisDepot.open(address(), Files.createTempDirectory(folder, "depot"), limits, clock);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Forgets all jobs.
  public void clear() {
    try (var link = RedisLink.open(address())) {
      link.call(RedisLink.SHORT, redis -> redis.flushall());
    }
  }

  @Override
  public void close() {
    kill();
  }
}
