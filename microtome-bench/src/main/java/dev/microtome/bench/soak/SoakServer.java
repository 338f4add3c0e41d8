package dev.microtome.bench.soak;

import dev.microtome.server.ModelServer;
import dev.microtome.server.Termination;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.worker.CostingProcess;
import dev.microtome.server.worker.WorkerProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A server to be ill-treated that hosts a model in a worker process: `SoakServer FOLDER PORT
/// MODEL_DIR`. Prints its port once it answers; drains when it is told to end.
public final class SoakServer {
  private static final String MODEL = "m";
  private static final long MEMORY = 512L << 20;
  private static final int TOGETHER = 4;

  private SoakServer() {}

  /// Serves until the process is ended.
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    Path model = Path.of(args[2]);
    var settings =
        new WorkerProcess.Settings(
            MODEL, model, 1, TOGETHER, MEMORY, 1, folder.resolve("worker.log"));
    try (var end = new Termination();
        var costing =
            CostingProcess.start(
                Map.of(MODEL, model), EchoServer.limits(), MEMORY, folder.resolve("costing.log"));
        var worker = WorkerProcess.start(settings);
        var server =
            ModelServer.start(
                folder,
                HttpSettings.loopback(Integer.parseInt(args[1])),
                EchoServer.limits(),
                List.of(worker),
                costing)) {
      System.out.println(server.port());
      end.await(server::drain);
    }
  }
}
