package dev.microtome.server.worker;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.work.Costing;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.ModelForm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Looks at jobs in a process of its own, so that the one that answers requests needs no native
/// code. A job that ends the process, or takes it too long, is refused, and the process starts
/// again.
public final class CostingProcess implements Costing, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CostingProcess.class);
  private static final long PATIENCE_SECONDS = 10;
  private static final int RETRY_SECONDS = 2;

  private final Map<String, Path> folders;
  private final List<String> arguments = new ArrayList<>();
  private final long memory;
  private final Path log;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("costing watch").factory());
  private @Nullable Child child;
  private boolean closed;
  private List<HostedModel> models = List.of();

  private CostingProcess(Map<String, Path> folders, Limits limits, long memory, Path log) {
    this.folders = folders;
    this.memory = memory;
    this.log = log;
    arguments.add(Long.toString(memory));
    arguments.add(Long.toString(limits.runs().resultBytes()));
    arguments.add(Long.toString(limits.runs().longestTime().toSeconds()));
    folders.forEach((name, folder) -> {
      arguments.add(name);
      arguments.add(folder.toString());
    });
  }

  /// Starts the process and waits until it knows the models.
  ///
  /// @param folders the models by name
  /// @param memory bytes a job's tensors may take
  /// @param log where its standard error goes
  public static CostingProcess start(
      Map<String, Path> folders, Limits limits, long memory, Path log) {
    var costing = new CostingProcess(folders, limits, memory, log);
    try {
      costing.begin();
      return costing;
    } catch (IOException failed) {
      throw new UncheckedIOException("the costing process did not start; see " + log, failed);
    }
  }

  private Child begin() throws IOException {
    Child now = child;
    if (now != null && now.isAlive()) {
      return now;
    }
    Child next =
        Child.start(
            CostingMain.class,
            Child.QUICK_COMPILER,
            memory,
            1,
            log,
            arguments.toArray(String[]::new));
    Frame ready = next.receive();
    if (ready == null || !ready.kind().equals(CostingMain.READY)) {
      next.kill();
      throw new IOException("the process ended before it was ready");
    }
    models =
        folders.keySet().stream()
            .map(name ->
                ModelForm.read(
                    ready.head().path(name), name, Objects.requireNonNull(folders.get(name))))
            .toList();
    child = next;
    return next;
  }

  /// The models as their folders describe them.
  public synchronized List<HostedModel> models() {
    return models;
  }

  @Override
  public synchronized Cost cost(String model, @Nullable String adapter, Payload payload) {
    if (closed) {
      throw notReady();
    }
    Child now;
    try {
      now = begin();
    } catch (IOException down) {
      LOG.error("the costing process does not start: {}", down.getMessage());
      throw notReady();
    }
    ScheduledFuture<?> late = watch.schedule(now::kill, PATIENCE_SECONDS, TimeUnit.SECONDS);
    try {
      now.send(
          Frame.of(
              CostingMain.COST,
              Frame.JSON.createObjectNode().put("model", model),
              payload.json(),
              payload.tensors()));
      return answer(now.receive());
    } catch (IOException ended) {
      LOG.warn("a job ended the costing process");
      now.kill();
      throw new RefusedException(
          ErrorCode.INVALID_GRAPH, "the job's shapes can't be worked out in reasonable time");
    } finally {
      late.cancel(false);
    }
  }

  private static Cost answer(@Nullable Frame frame) throws IOException {
    if (frame == null) {
      throw new IOException("the process ended");
    }
    JsonNode head = frame.head();
    if (frame.kind().equals(CostingMain.REFUSED)) {
      throw new RefusedException(FailureForm.read(head), 0);
    }
    return new Cost(
        head.path("peak").asLong(0),
        head.path("result").asLong(0),
        head.path("flops").asDouble(0),
        head.path("seconds").asDouble(0));
  }

  private static RefusedException notReady() {
    return new RefusedException(
        new Failure(ErrorCode.NOT_READY, "jobs can't be looked at just now"), RETRY_SECONDS);
  }

  @Override
  public synchronized void close() {
    closed = true;
    watch.shutdownNow();
    if (child != null) {
      child.close();
    }
  }
}
