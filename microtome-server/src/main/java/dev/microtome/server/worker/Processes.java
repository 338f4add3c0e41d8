package dev.microtome.server.worker;

import dev.microtome.server.job.Limits;
import dev.microtome.server.work.Executor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The processes that serve some models: workers of each, and one that looks at jobs. They start
/// side by side; when one does not start, the others are ended.
public final class Processes implements AutoCloseable {
  private final List<WorkerProcess> workers;
  private final @Nullable CostingProcess costing;

  private Processes(List<WorkerProcess> workers, @Nullable CostingProcess costing) {
    this.workers = workers;
    this.costing = costing;
  }

  /// Which processes, and what each may take.
  ///
  /// @param folders the models by name
  /// @param workers of each model
  /// @param together how many jobs may share a run
  /// @param memory bytes a worker's jobs may take beside the weights
  /// @param threads libtorch may use in each worker
  /// @param logs a folder for what they write to their standard error
  public record Plan(
      Map<String, Path> folders, int workers, int together, long memory, int threads, Path logs) {
    private List<WorkerProcess.Settings> settings() {
      var settings = new ArrayList<WorkerProcess.Settings>();
      folders.forEach((name, folder) -> {
        for (int number = 1; number <= workers; number++) {
          Path log = logs.resolve("worker-%s-%d.log".formatted(name, number));
          settings.add(
              new WorkerProcess.Settings(name, folder, number, together, memory, threads, log));
        }
      });
      return settings;
    }
  }

  /// Starts them and waits until all are ready.
  public static Processes start(Plan plan, Limits limits) {
    Path log = plan.logs().resolve("costing.log");
    return start(plan, () -> CostingProcess.start(plan.folders(), limits, plan.memory(), log));
  }

  /// Starts workers alone, for a server elsewhere.
  public static Processes workers(Plan plan) {
    return start(plan, () -> null);
  }

  private static Processes start(Plan plan, Callable<@Nullable CostingProcess> costs) {
    Future<@Nullable CostingProcess> costing;
    List<Future<WorkerProcess>> workers;
    int atOnce = Runtime.getRuntime().availableProcessors();
    try (ExecutorService starting = Executors.newFixedThreadPool(atOnce)) {
      costing = starting.submit(costs);
      workers =
          plan.settings().stream()
              .map(settings -> starting.submit(() -> WorkerProcess.start(settings)))
              .toList();
    }
    var processes =
        new Processes(
            workers.stream().filter(Processes::isThere).map(Future::resultNow).toList(),
            isThere(costing) ? costing.resultNow() : null);
    Stream.concat(Stream.of(costing), workers.stream())
        .filter(one -> !isThere(one))
        .findFirst()
        .ifPresent(failed -> {
          processes.close();
          throw failed.exceptionNow() instanceof RuntimeException told
              ? told
              : new IllegalStateException("a process did not start", failed.exceptionNow());
        });
    return processes;
  }

  private static boolean isThere(Future<?> start) {
    return start.state() == Future.State.SUCCESS;
  }

  /// Those that run jobs, in the order of the models.
  public List<Executor> executors() {
    return List.copyOf(workers);
  }

  /// The processes that run jobs, to be watched.
  public List<WorkerProcess> workers() {
    return workers;
  }

  /// The one that looks at jobs.
  public CostingProcess costing() {
    if (costing == null) {
      throw new IllegalStateException("workers alone do not look at jobs");
    }
    return costing;
  }

  @Override
  public void close() {
    workers.forEach(WorkerProcess::close);
    if (costing != null) {
      costing.close();
    }
  }
}
