package dev.microtome.server;

import dev.microtome.models.ModelHost;
import dev.microtome.server.worker.ExecutorHost;
import dev.microtome.server.worker.WorkerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// In a worker process.
class WorkerConformanceTest extends Conformance {
  @TempDir static Path folder;
  private static WorkerProcess executor;
  private static ModelHost host;

  @BeforeAll
  static void start() {
    executor =
        WorkerProcess.start(
            new WorkerProcess.Settings(
                "facts", ShippedFolder.path(), 1, 8, 1L << 30, 1, folder.resolve("worker.log")));
    host = new ExecutorHost(executor, folder);
  }

  @AfterAll
  static void stop() {
    executor.close();
  }

  @Override
  ModelHost host() {
    return host;
  }
}
