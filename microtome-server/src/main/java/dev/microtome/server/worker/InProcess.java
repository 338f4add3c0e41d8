package dev.microtome.server.worker;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.work.Condition;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.Reports;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Runs jobs in this process, on a thread of its own: for tests and notebooks. What a job does to
/// this process it does to the server; [WorkerProcess] is for others' jobs.
public final class InProcess implements Executor {
  private final ExecutorService thread;
  private final Engine engine;
  private final int together;
  private volatile Condition.Phase phase = Condition.Phase.READY;

  private InProcess(ExecutorService thread, Engine engine, int together) {
    this.thread = thread;
    this.engine = engine;
    this.together = together;
  }

  /// Opens the model in `folder`; `together` jobs may share a run.
  public static InProcess start(String name, Path folder, int together) {
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("engine " + name).factory());
    try {
      Engine engine = thread.submit(() -> new Engine(Hosted.open(name, folder))).get();
      return new InProcess(thread, engine, together);
    } catch (ExecutionException e) {
      thread.shutdown();
      throw e.getCause() instanceof RuntimeException told ? told : new IllegalStateException(e);
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the model was opened", e);
    }
  }

  Engine engine() {
    return engine;
  }

  /// A hash of all bits of the model's weights, to be asked for while nothing runs.
  public String weights() {
    return Canary.ofWeights(engine.hosted().language().network());
  }

  /// How many jobs were served in a run they shared.
  public long shared() {
    return engine.shared();
  }

  @Override
  public String name() {
    return model().name() + "-here";
  }

  @Override
  public HostedModel model() {
    return engine.hosted().model();
  }

  @Override
  public Condition condition() {
    return new Condition(phase, 0, 0);
  }

  @Override
  public int together() {
    return together;
  }

  @Override
  public void run(List<Claim> jobs, Reports reports) throws InterruptedException {
    phase = Condition.Phase.BUSY;
    try {
      List<Work> works =
          jobs.stream()
              .map(claim -> new Work(claim.job().id(), claim.payload(), claim.job().time()))
              .toList();
      thread.submit(() -> engine.run(works, outlet(reports))).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the engine failed", e.getCause());
    } finally {
      phase = Condition.Phase.READY;
    }
  }

  private static Outlet outlet(Reports reports) {
    return new Outlet() {
      @Override
      public Path draft(JobId job) {
        return reports.draft();
      }

      @Override
      public void began(JobId job) {
        reports.began(job);
      }

      @Override
      public void progress(JobId job, int done, int all) {
        reports.progress(job, done, all);
      }

      @Override
      public void log(JobId job, String line) {
        reports.log(job, line);
      }

      @Override
      public void completed(JobId job, Draft draft) {
        reports.completed(job, draft);
      }

      @Override
      public void failed(JobId job, Failure failure) {
        reports.failed(job, failure);
      }
    };
  }

  @Override
  public void cancel(JobId job) {
    engine.cancel(job);
  }

  @Override
  public void close() {
    phase = Condition.Phase.STOPPED;
    thread.shutdown();
  }
}
