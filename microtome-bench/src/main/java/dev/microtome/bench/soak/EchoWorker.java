package dev.microtome.bench.soak;

import dev.microtome.server.ModelWorkers;
import dev.microtome.server.redis.QueueSecret;
import dev.microtome.server.redis.RedisAddress;
import dev.microtome.server.redis.RedisDepot;
import java.nio.file.Path;
import java.util.List;

/// A worker without models, to be killed: `EchoWorker FOLDER QUEUE`. Prints a line once it works.
public final class EchoWorker {
  private EchoWorker() {}

  /// Works until the process is ended.
  public static void main(String[] args) throws Exception {
    var secret = QueueSecret.standard();
    var depot =
        RedisDepot.open(
            RedisAddress.of(args[1], secret.user(), secret.password()),
            Path.of(args[0]),
            EchoServer.limits());
    var _ = ModelWorkers.start(depot, List.of(new EchoExecutor("echo-1", true)));
    System.out.println("works");
    Thread.currentThread().join();
  }
}
