package dev.microtome.cli;

import dev.microtome.server.protocol.JobReader;
import dev.microtome.server.worker.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/// Which models are run, and by how many processes; mixed into the commands that start some.
final class WorkerOptions {
  @Option(
      names = "--model",
      paramLabel = "[NAME=]DIR",
      description = {
        "A Hugging Face folder, perhaps with a name of its own; may be given several times.",
        "  Default: the model that ships with Microtome"
      },
      showDefaultValue = Visibility.NEVER)
  private List<String> models = new ArrayList<>();

  @Option(names = "--workers", defaultValue = "1", description = "Processes for each model.")
  int workers;

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

  /// Refuses numbers that make no sense.
  ///
  /// @param fewest workers
  void check(Output output, int fewest) {
    if (workers < fewest) {
      throw output.misuse("--workers must be at least " + fewest + ", got " + workers);
    }
    output.requireCount("--together", together);
    output.requireCount("--job-memory", jobMemory);
  }

  /// The models by name; the order is the order of the command line.
  Map<String, Path> folders(Output output) {
    var folders = new LinkedHashMap<String, Path>();
    for (String model : models.isEmpty() ? List.of(shipped(output)) : models) {
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

  private static String shipped(Output output) {
    String home = System.getProperty("microtome.home");
    if (home == null) {
      throw output.misuse("say which model: --model DIR");
    }
    return home + "/models/gpt2-facts";
  }

  /// The processes these options ask for.
  ///
  /// @param logs where their logs go
  Processes.Plan plan(Map<String, Path> folders, Path logs) {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / Math.max(1, workers));
    return new Processes.Plan(folders, workers, together, (long) jobMemory << 20, threads, logs);
  }
}
