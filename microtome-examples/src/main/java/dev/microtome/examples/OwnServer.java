package dev.microtome.examples;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.remote.Remote;
import dev.microtome.models.remote.RemoteProgress;
import dev.microtome.server.ModelServer;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Scope;
import dev.microtome.server.worker.Processes;
import dev.microtome.tensor.DType;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// A server that hosts the library's model on a free port of this machine, in processes of its own,
/// as long as it is open.
final class OwnServer implements AutoCloseable {
  // As many as here: a product of matrices is cut up by them, which shows in the last bit.
  private static final int THREADS = Runtime.getRuntime().availableProcessors();
  private static final long MEMORY = 1L << 30;

  private final Path folder = Files.createTempDirectory("microtome-server");
  private final Processes processes;
  private final ModelServer server;

  OwnServer() throws Exception {
    Path model = folder.resolve("gpt2-facts");
    LanguageModel.shipped().save(model, DType.FLOAT32);
    Limits limits = Limits.defaults();
    processes =
        Processes.start(
            new Processes.Plan(Map.of("gpt2-facts", model), 1, 8, MEMORY, THREADS, folder), limits);
    server =
        ModelServer.start(
            folder.resolve("data"),
            HttpSettings.loopback(0),
            limits,
            processes.executors(),
            processes.costing());
  }

  Remote remote() {
    String key = server.keys().create("walkthrough", Set.of(Scope.SUBMIT, Scope.READ), null).text();
    URI address = URI.create("http://127.0.0.1:" + server.port());
    return Remote.at(address, key).progress(RemoteProgress.SILENT);
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (Exception broken) {
      throw new IllegalStateException("the server did not stop", broken);
    } finally {
      processes.close();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException leftBehind) {
      System.err.println("left behind: " + folder);
    }
  }
}
