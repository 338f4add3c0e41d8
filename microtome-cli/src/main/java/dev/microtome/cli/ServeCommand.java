package dev.microtome.cli;

import dev.microtome.server.ModelServer;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.Limits;
import dev.microtome.server.protocol.JobReader;
import dev.microtome.server.work.Executor;
import dev.microtome.server.worker.CostingProcess;
import dev.microtome.server.worker.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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
  private static final Duration GRACE = Duration.ofSeconds(30);

  @Option(
      names = "--model",
      paramLabel = "[NAME=]DIR",
      description = {
        "A Hugging Face folder, perhaps with a name of its own; may be given several times.",
        "  Default: the model that ships with Microtome"
      },
      showDefaultValue = Visibility.NEVER)
  private List<String> models = new ArrayList<>();

  @Option(names = "--host", defaultValue = "127.0.0.1", description = "Where to listen.")
  private String host = "127.0.0.1";

  @Option(names = "--port", defaultValue = "8080", description = "The port; 0 takes a free one.")
  private int port;

  @Option(names = "--workers", defaultValue = "1", description = "Processes for each model.")
  private int workers;

  @Option(
      names = "--together",
      defaultValue = "8",
      description = "Most jobs that may share one run of a model.")
  private int together;

  @Option(
      names = "--job-memory",
      paramLabel = "MB",
      defaultValue = "1024",
      description = "Megabytes a worker's jobs may take beside the weights.")
  private int jobMemory;

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

  private final CountDownLatch closed = new CountDownLatch(1);

  @Mixin private DataOption data = new DataOption();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws Exception {
    output.requireCount("--workers", workers);
    output.requireCount("--together", together);
    output.requireCount("--job-memory", jobMemory);
    var settings = new HttpSettings(host, port, Set.copyOf(names), tls, password(), insecure);
    settings.requireSafe();
    Map<String, Path> folders = folders();
    Path folder = data.folder();
    Limits limits = Limits.defaults();
    var executors = new ArrayList<Executor>();
    try (var costing =
        CostingProcess.start(folders, limits, bytes(), folder.resolve("costing.log"))) {
      folders.forEach((name, at) -> start(name, at, folder, executors));
      try (var server = ModelServer.start(folder, settings, limits, executors, costing)) {
        announce(server, folders);
        untilStopped(server);
      }
    } finally {
      executors.forEach(Executor::close);
      closed.countDown();
    }
    return 0;
  }

  private void start(String name, Path at, Path folder, List<Executor> executors) {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / workers);
    for (int number = 1; number <= workers; number++) {
      Path log = folder.resolve("worker-%s-%d.log".formatted(name, number));
      executors.add(
          WorkerProcess.start(
              new WorkerProcess.Settings(name, at, number, together, bytes(), threads, log)));
    }
  }

  private long bytes() {
    return (long) jobMemory << 20;
  }

  private static String password() {
    String password = System.getenv("MICROTOME_TLS_PASSWORD");
    return password == null ? "" : password;
  }

  /// The models by name; the order is the order of the command line.
  private Map<String, Path> folders() {
    var folders = new LinkedHashMap<String, Path>();
    for (String model : models.isEmpty() ? List.of(shipped()) : models) {
      int equals = model.indexOf('=');
      Path folder = Path.of(model.substring(equals + 1)).toAbsolutePath().normalize();
      String name = equals > 0 ? model.substring(0, equals) : String.valueOf(folder.getFileName());
      if (!JobReader.NAME.matcher(name).matches()) {
        throw output.misuse("'" + name + "' is no name for a model; say NAME=DIR");
      }
      if (!Files.isRegularFile(folder.resolve("config.json"))) {
        throw output.misuse(folder + " has no config.json");
      }
      if (folders.put(name, folder) != null) {
        throw output.misuse("two models are called " + name + "; say NAME=DIR");
      }
    }
    return folders;
  }

  private String shipped() {
    String home = System.getProperty("microtome.home");
    if (home == null) {
      throw output.misuse("say which model: --model DIR");
    }
    return home + "/models/gpt2-facts";
  }

  private void announce(ModelServer server, Map<String, Path> folders) {
    String url = "%s://%s:%d".formatted(tls == null ? "http" : "https", host, server.port());
    if (output.json) {
      output.json(Map.of("url", url, "models", folders.keySet()));
      return;
    }
    output.line("Microtome serves " + String.join(", ", folders.keySet()) + " at " + url + "/");
    if (server.keys().list().isEmpty()) {
      output.line("Nobody has a key yet: ./microtome key create NAME");
    }
  }

  /// Waits for the signal to stop; by then running jobs have ended or are given back.
  private void untilStopped(ModelServer server) throws InterruptedException {
    var stop = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  try {
                    server.drain(GRACE);
                    stop.countDown();
                    closed.await(); // the process may end once all is closed
                  } catch (InterruptedException hurried) {
                    stop.countDown();
                  }
                }));
    stop.await();
  }
}
