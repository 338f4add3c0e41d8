package dev.microtome.bench.server;

import dev.microtome.models.remote.Remote;
import dev.microtome.models.remote.RemoteProgress;
import dev.microtome.server.ModelServer;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Scope;
import dev.microtome.server.worker.Processes;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/// A server on this machine with worker processes for one model, and a client of it.
final class BenchServer implements AutoCloseable {
  private static final long MEMORY = 2L << 30;

  private final Path folder = Files.createTempDirectory("microtome-bench");
  private final Processes processes;
  private final ModelServer server;

  /// @param together how many jobs may share a run
  /// @param threads of each worker
  BenchServer(Path model, int count, int together, int threads) throws Exception {
    Limits limits = limits();
    var plan = new Processes.Plan(Map.of("m", model), count, together, MEMORY, threads, folder);
    processes = Processes.start(plan, limits);
    server =
        ModelServer.start(
            folder.resolve("data"),
            HttpSettings.loopback(0),
            limits,
            processes.executors(),
            processes.costing());
  }

  /// The defaults, with room for one client to measure.
  private static Limits limits() {
    Limits all = Limits.defaults();
    return new Limits(
        all.connections(),
        all.body(),
        all.graphs(),
        all.runs(),
        new Limits.Queueing(1_000_000, 64, 256, 256, all.queueing().logLines(), 1_002),
        all.storage());
  }

  Remote remote() {
    String key = server.keys().create("bench", Set.of(Scope.SUBMIT, Scope.READ), null).text();
    return Remote.at(URI.create("http://127.0.0.1:" + server.port()), key)
        .model("m")
        .progress(RemoteProgress.SILENT);
  }

  /// Ends the first worker's process as the system would.
  void killWorker() {
    ProcessHandle.of(processes.workers().getFirst().processId())
        .ifPresent(ProcessHandle::destroyForcibly);
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
  }
}
