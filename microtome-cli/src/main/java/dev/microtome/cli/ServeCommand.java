package dev.microtome.cli;

import dev.microtome.server.ModelServer;
import dev.microtome.server.Termination;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.Limits;
import dev.microtome.server.redis.RedisDepot;
import dev.microtome.server.work.Executor;
import dev.microtome.server.worker.CostingProcess;
import dev.microtome.server.worker.Processes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `microtome serve`: hosts models; runs until it is told to stop.
@Command(
    name = "serve",
    description =
        "Host models for traces from elsewhere: jobs over HTTP, workers in processes of their own, a "
            + "status page. Stops when interrupted, after running jobs have ended.")
final class ServeCommand implements Callable<Integer> {
  @Option(names = "--host", defaultValue = "127.0.0.1", description = "Where to listen.")
  private String host = "127.0.0.1";

  @Option(names = "--port", defaultValue = "8080", description = "The port; 0 takes a free one.")
  private int port;

  @Option(
      names = "--admin-port",
      defaultValue = "0",
      description =
          "With --host beyond this machine: the port on this machine's loopback where /metrics is;"
              + " 0 takes a free one.")
  private int adminPort;

  @Option(
      names = "--host-name",
      paramLabel = "NAME",
      description = "A name clients call this server by, beside localhost.",
      showDefaultValue = Visibility.NEVER)
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--tls",
      paramLabel = "FILE",
      description = "A PKCS#12 file with a certificate; its password in MICROTOME_TLS_PASSWORD.")
  private @Nullable Path tls;

  @Option(
      names = "--insecure-bind",
      description = "Listen beyond this machine without TLS: something in front does it.")
  private boolean insecure;

  @Mixin private WorkerOptions workers = new WorkerOptions();
  @Mixin private QueueOption queue = new QueueOption();
  @Mixin private DataOption data = new DataOption();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws Exception {
    if (queue.isGiven()) {
      queue.check(output);
    }
    workers.check(output, queue.isGiven() ? 0 : 1);
    var settings =
        new HttpSettings(host, port, adminPort, Set.copyOf(names), tls, password(), insecure);
    settings.requireSafe();
    try (var end = new Termination()) {
      serve(end, settings, workers.folders(output));
    }
    return 0;
  }

  private void serve(Termination end, HttpSettings settings, Map<String, Path> folders)
      throws Exception {
    Path folder = data.folder();
    Limits limits = Limits.defaults();
    try (var processes = Processes.start(workers.plan(folders, folder), limits);
        var server = start(folder, settings, limits, processes)) {
      announce(server, folders);
      end.await(server::drain);
    }
  }

  private ModelServer start(Path folder, HttpSettings settings, Limits limits, Processes processes)
      throws Exception {
    List<Executor> executors = processes.executors();
    CostingProcess costing = processes.costing();
    if (!queue.isGiven()) {
      return ModelServer.start(folder, settings, limits, executors, costing);
    }
    RedisDepot depot = queue.open(folder, limits, output);
    depot.host(costing.models());
    return ModelServer.start(folder, settings, limits, depot, costing.models(), executors, costing);
  }

  private static String password() {
    String password = System.getenv("MICROTOME_TLS_PASSWORD");
    return password == null ? "" : password;
  }

  private void announce(ModelServer server, Map<String, Path> folders) {
    String url = "%s://%s:%d".formatted(tls == null ? "http" : "https", host, server.port());
    if (output.json) {
      output.json(Map.of("url", url, "models", folders.keySet()));
      return;
    }
    output.line("Microtome serves " + String.join(", ", folders.keySet()) + " at " + url + "/");
    if (server.adminPort() != server.port()) {
      output.line("For administrators: http://127.0.0.1:" + server.adminPort() + "/metrics");
    }
    if (server.keys().list().isEmpty()) {
      output.line("Nobody has a key yet: ./microtome key create NAME");
    }
  }
}
