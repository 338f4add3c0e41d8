package dev.microtome.bench.soak;

import dev.microtome.server.ModelServer;
import dev.microtome.server.Termination;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.Limits;
import dev.microtome.server.redis.QueueSecret;
import dev.microtome.server.redis.RedisAddress;
import dev.microtome.server.redis.RedisDepot;
import dev.microtome.server.work.Costing;
import dev.microtome.server.work.Depot;
import dev.microtome.server.work.Executor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A server without models, to be killed: `EchoServer FOLDER PORT [QUEUE]`. Prints its port once it
/// answers. With a queue in Redis others run its jobs.
public final class EchoServer {
  static final Costing FREE = (_, _, _) -> new Costing.Cost(0, 0, 0, 0);

  private EchoServer() {}

  /// Serves until the process is ended.
  public static void main(String[] args) throws Exception {
    List<Executor> executors = List.of(new EchoExecutor("echo-1"), new EchoExecutor("echo-2"));
    Path folder = Path.of(args[0]);
    var settings = HttpSettings.loopback(Integer.parseInt(args[1]));
    try (var end = new Termination();
        var server =
            args.length < 3
                ? ModelServer.start(folder, settings, limits(), executors, FREE)
                : ModelServer.start(
                    folder,
                    settings,
                    limits(),
                    queue(args[2], folder),
                    List.of(executors.getFirst().model()),
                    List.of(),
                    FREE)) {
      System.out.println(server.port());
      end.await(server::drain);
    }
  }

  private static Depot queue(String address, Path folder) throws IOException {
    var secret = QueueSecret.standard();
    return RedisDepot.open(
        RedisAddress.of(address, secret.user(), secret.password()), folder, limits());
  }

  /// The usual limits, but for those on how much one client may ask: here there is only one.
  static Limits limits() {
    Limits usual = Limits.defaults();
    var connections =
        new Limits.Connections(
            4_096, 4_096, 16 << 10, 2 << 10, Duration.ofSeconds(5), Duration.ofSeconds(30));
    return new Limits(
        connections,
        usual.body(),
        usual.graphs(),
        usual.runs(),
        new Limits.Queueing(1_000_000, 8, 100_000, 100_000, 1_000, 1_002),
        usual.storage());
  }
}
