package dev.microtome.cli;

import dev.microtome.server.ModelWorkers;
import dev.microtome.server.Termination;
import dev.microtome.server.job.Limits;
import dev.microtome.server.redis.RedisDepot;
import dev.microtome.server.worker.Processes;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `microtome work`: workers for a server on another machine; runs until it is told to stop.
@Command(
    name = "work",
    description =
        "Run jobs for a server elsewhere: takes them from its queue and delivers the results. The "
            + "models have the names and files they have there.")
final class WorkCommand implements Callable<Integer> {
  @Mixin private QueueOption queue = new QueueOption();
  @Mixin private WorkerOptions workers = new WorkerOptions();
  @Mixin private DataOption data = new DataOption();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws Exception {
    queue.check(output);
    workers.check(output, 1);
    Map<String, Path> folders = workers.folders(output);
    Path folder = data.folder();
    try (var end = new Termination()) {
      work(end, folders, folder);
    }
    return 0;
  }

  private void work(Termination end, Map<String, Path> folders, Path folder) throws Exception {
    try (RedisDepot depot = queue.open(folder.resolve("work"), Limits.defaults(), output);
        var processes = Processes.workers(workers.plan(folders, folder))) {
      processes.executors().forEach(executor -> depot.requireHosted(executor.model()));
      try (var running = ModelWorkers.start(depot, processes.executors())) {
        announce(folders);
        end.await(running::drain);
      }
    }
  }

  private void announce(Map<String, Path> folders) {
    if (output.json) {
      output.json(Map.of("models", folders.keySet()));
    } else {
      output.line("Microtome works on jobs for " + String.join(", ", folders.keySet()));
    }
  }
}
