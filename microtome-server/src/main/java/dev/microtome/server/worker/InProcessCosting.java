package dev.microtome.server.worker;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.work.Costing;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Looks at jobs in this process, on a thread of its own: for tests and notebooks.
public final class InProcessCosting implements Costing, AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("costing").factory());
  private final Map<String, Inspector> inspectors = new LinkedHashMap<>();

  /// @param folders the models by name
  /// @param memory bytes a job's tensors may take
  public InProcessCosting(Map<String, Path> folders, Limits limits, long memory) {
    var most = new Inspector.Most(memory, limits.runs());
    folders.forEach(
        (name, folder) -> inspectors.put(name, new Inspector(Hosted.skeleton(name, folder), most)));
  }

  @Override
  public Cost cost(String model, @Nullable String adapter, Payload payload) {
    Inspector inspector = inspectors.get(model);
    if (inspector == null) {
      throw new RefusedException(ErrorCode.UNKNOWN_MODEL, "there is no model '" + model + "'");
    }
    try {
      return thread.submit(() -> inspector.cost(payload)).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RefusedException refused
          ? refused
          : new RefusedException(ErrorCode.INTERNAL, "the job could not be looked at");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(ErrorCode.NOT_READY, "the server stops");
    }
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
