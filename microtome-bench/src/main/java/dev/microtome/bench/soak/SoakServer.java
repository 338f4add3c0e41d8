package dev.microtome.bench.soak;

import dev.microtome.server.ModelServer;
import dev.microtome.server.Termination;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.worker.Processes;
import java.nio.file.Path;
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
    var plan = new Processes.Plan(Map.of(MODEL, Path.of(args[2])), 1, TOGETHER, MEMORY, 1, folder);
    try (var end = new Termination();
        var processes = Processes.start(plan, EchoServer.limits());
        var server =
            ModelServer.start(
                folder,
                HttpSettings.loopback(Integer.parseInt(args[1])),
                EchoServer.limits(),
                processes.executors(),
                processes.costing())) {
      System.out.println(server.port());
      end.await(server::drain);
    }
  }
}
