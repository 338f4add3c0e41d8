package dev.microtome.server;

import dev.microtome.models.ModelHost;
import dev.microtome.server.worker.WorkerProcess;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// Through HTTP, in a worker process.
class WorkerConformanceTest extends Conformance {
  // How a product of matrices is cut up depends on it, and so does its last bit.
  private static final int THREADS = Runtime.getRuntime().availableProcessors();

  @TempDir static Path folder;
  private static Hosting hosting;

  @BeforeAll
  static void start() throws Exception {
    hosting =
        new Hosting(
            folder,
            WorkerProcess.start(
                new WorkerProcess.Settings(
                    "facts",
                    ShippedFolder.path(),
                    1,
                    8,
                    1L << 30,
                    THREADS,
                    folder.resolve("log"))));
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
