package dev.microtome.server;

import dev.microtome.models.ModelHost;
import dev.microtome.server.worker.InProcess;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// Through HTTP, on an engine in the server's process.
class ApiConformanceTest extends Conformance {
  @TempDir static Path folder;
  private static Hosting hosting;

  @BeforeAll
  static void start() throws Exception {
    hosting = new Hosting(folder, InProcess.start("facts", ShippedFolder.path(), 8));
  }

  @AfterAll
  static void stop() {
    hosting.close();
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
