package dev.microtome.server.worker;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.TokenRun;
import dev.microtome.models.remote.ResultForm;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Draft;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Owns a model and runs jobs on it, always on the same thread. Jobs see nothing of each other:
/// each starts from its own seed, gradients are forgotten after it, what it made is freed.
final class Engine {
  private final Hosted hosted;
  private final Passage passage;
  private final Map<JobId, Stop> stops = new ConcurrentHashMap<>();
  private final Set<JobId> early =
      ConcurrentHashMap.newKeySet(); // cancelled, perhaps before it ran
  private final Soundness soundness;
  private long shared;

  Engine(Hosted hosted) {
    this.hosted = hosted;
    this.passage = new Passage(hosted.language().network());
    this.soundness = new Soundness(hosted);
  }

  Hosted hosted() {
    return hosted;
  }

  /// Whether the model is what it was when it was opened.
  Soundness soundness() {
    return soundness;
  }

  /// Ends a job, if it runs, at the next node or block.
  void cancel(JobId job) {
    early.add(job);
    Stop stop = stops.get(job);
    if (stop != null) {
      stop.cancel();
    }
  }

  /// Runs all and reports on each. Returns whether something happened after which the model should
  /// be looked at.
  boolean run(List<Work> works, Outlet outlet) {
    works.forEach(work -> stops.put(work.id(), new Stop(work.time())));
    early.forEach(this::cancel);
    boolean[] suspicious = new boolean[1];
    try {
      var tasks = new ArrayList<Task>();
      for (Work work : works) {
        Failure failure = attempt(() -> tasks.add(task(work)));
        suspicious[0] |= report(work.id(), failure, outlet);
      }
      for (List<Task> group : Sharing.groups(tasks)) {
        if (group.size() == 1 || !together(group, outlet)) {
          group.forEach(task -> suspicious[0] |= alone(task, outlet));
        }
      }
    } finally {
      works.forEach(work -> stops.remove(work.id()));
      early.clear();
    }
    return suspicious[0];
  }

  // Until now it was others' time.
  private static void begin(List<Task> group, Outlet outlet) {
    group.forEach(task -> {
      task.stop().begin();
      outlet.began(task.id());
    });
  }

  private Task task(Work work) {
    Stop stop = stops.getOrDefault(work.id(), new Stop(work.time()));
    return Task.of(work, hosted.language(), stop);
  }

  private boolean alone(Task task, Outlet outlet) {
    begin(List.of(task), outlet);
    Failure failure =
        attempt(() ->
            Scope.run(() -> {
              write(task, run(List.of(task), task.runs(), outlet), outlet);
              return List.of();
            }));
    return report(task.id(), failure, outlet);
  }

  /// Runs a group in one run of the network. When that fails nobody is served: alone, each hears
  /// what is its own.
  private boolean together(List<Task> group, Outlet outlet) {
    begin(group, outlet);
    Failure failure =
        attempt(() ->
            Scope.run(() -> {
              List<TokenRun> joined = List.of(Sharing.joined(group));
              Map<Integer, Object> saved = run(group, joined, outlet).getFirst();
              List<Map<Integer, Object>> apart = Sharing.apart(group, saved);
              for (int i = 0; i < group.size(); i++) {
                write(group.get(i), List.of(apart.get(i)), outlet);
              }
              return List.of();
            }));
    shared += failure == null ? group.size() : 0;
    return failure == null;
  }

  /// How many jobs were served in a run they shared.
  long shared() {
    return shared;
  }

  private List<Map<Integer, Object>> run(List<Task> tasks, List<TokenRun> runs, Outlet outlet) {
    LanguageModel<?> model = hosted.language();
    hosted.use(tasks.getFirst().adapter());
    Torch.manualSeed(tasks.getFirst().seed());
    var watch = new Lines(tasks, outlet);
    watch.between();
    try {
      return passage.during(
          watch::between,
          (done, all) -> tasks.forEach(task -> outlet.progress(task.id(), done, all)),
          Passage.blocks(model, runs),
          () -> model.run(runs, watch));
    } finally {
      if (runs.stream().anyMatch(run -> run.graph().backwards() + run.edits().backwards() > 0)) {
        model.network().parameters().forEach(Engine::forgetGradient);
      }
    }
  }

  private static void forgetGradient(Tensor parameter) {
    if (parameter.requiresGrad() && parameter.hasGrad()) {
      parameter.clearGrad();
    }
  }

  private static void write(Task task, List<Map<Integer, Object>> saved, Outlet outlet) {
    var about = Map.of("seed", Long.toString(task.seed()));
    try {
      boolean isShort = ResultForm.bytes(saved) <= Draft.SHORT;
      Draft draft =
          isShort ? inMemory(saved, about) : inFile(outlet.draft(task.id()), saved, about);
      outlet.completed(task.id(), draft);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Draft inMemory(List<Map<Integer, Object>> saved, Map<String, String> about)
      throws IOException {
    var out = new ByteArrayOutputStream();
    ResultForm.write(Channels.newChannel(out), "the result", saved, about);
    return new Draft.InMemory(out.toByteArray());
  }

  private static Draft inFile(
      Path file, List<Map<Integer, Object>> saved, Map<String, String> about) throws IOException {
    try (var out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ResultForm.write(out, file.getFileName().toString(), saved, about);
    }
    return new Draft.InFile(file);
  }

  private static boolean report(JobId job, @Nullable Failure failure, Outlet outlet) {
    if (failure == null) {
      return false;
    }
    outlet.failed(job, failure);
    return Failures.isSuspicious(failure);
  }

  // Whatever a job does, the engine goes on.
  private static @Nullable Failure attempt(Runnable body) {
    try {
      body.run();
      return null;
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError thrown) {
      return Failures.of(thrown);
    }
  }
}
