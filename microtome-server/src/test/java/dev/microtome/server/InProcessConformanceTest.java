package dev.microtome.server;

import dev.microtome.models.ModelHost;
import dev.microtome.server.worker.ExecutorHost;
import dev.microtome.server.worker.InProcess;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// On an engine in this process.
class InProcessConformanceTest extends Conformance {
  @TempDir static Path folder;
  private static InProcess executor;
  private static ModelHost host;

  @BeforeAll
  static void start() {
    executor = InProcess.start("facts", ShippedFolder.path(), 8);
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

  @Override
  ModelHost host(Consumer<String> lines) {
    return new ExecutorHost(executor, folder, lines);
  }
}
