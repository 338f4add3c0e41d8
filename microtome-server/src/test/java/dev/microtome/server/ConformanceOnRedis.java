package dev.microtome.server;

import dev.microtome.models.ModelHost;
import dev.microtome.server.redis.RedisServer;
import dev.microtome.server.worker.WorkerProcess;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// Through HTTP and a queue in Redis, in a worker process that knows nothing else of the server.
class ConformanceOnRedis extends Conformance {
  // How a product of matrices is cut up depends on it, and so does its last bit.
  private static final int THREADS = Runtime.getRuntime().availableProcessors();

  @TempDir static Path folder;
  private static RedisServer redis;
  private static Hosting hosting;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.durable(folder);
    var settings =
        new WorkerProcess.Settings(
            "facts", ShippedFolder.path(), 1, 8, 1L << 30, THREADS, folder.resolve("log"));
    hosting =
        new Hosting(
            folder,
            WorkerProcess.start(settings),
            redis.depot(Hosting.generous(), null),
            redis.depot(Hosting.generous(), null));
  }

  @AfterAll
  static void stop() {
    hosting.close();
    redis.close();
  }

  @Override
  ModelHost host() {
    return hosting.remote();
  }

  @Override
  ModelHost host(Consumer<String> lines) {
    return hosting.remote(lines);
  }
}
