package dev.microtome.bench.soak;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Payload;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.worker.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Cancels jobs at random points, lets others run out of time, in loops and within one operation
/// that can't be stopped; after each the next job must get what it always gets.
final class CancelTrial implements Trial {
  private static final double LONGEST_CANCEL = 6;
  private static final double USUAL_CANCEL = 0.25;
  private static final double LONGEST_OVERTIME = 2;

  private final Random random = new Random(1);
  private Path folder = Path.of("");
  private int wrong;
  private byte[] expected = {};

  @Override
  public String promise() {
    return "L11+L13";
  }

  @Override
  public String about() {
    return "jobs end soon after they are cancelled or out of time, the next one is not affected";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    folder = Files.createTempDirectory("microtome-soak");
    Path model = Folders.shipped(folder.resolve("model"));
    var settings =
        new WorkerProcess.Settings("m", model, 1, 4, 1L << 30, 1, folder.resolve("worker.log"));
    try (var worker = WorkerProcess.start(settings)) {
      expected = (byte[]) Outcomes.of(worker, folder, List.of(ModelJobs.plain())).getFirst();
      double[] cancelled = new double[length.of(40, 1_000)];
      Payload slow = ModelJobs.slow();
      for (int i = 0; i < cancelled.length; i++) {
        cancelled[i] = cancel(worker, slow);
      }
      Arrays.sort(cancelled);
      double late = late(worker, slow, 1);
      double stuck = late(worker, ModelJobs.stubborn(), 1);
      double median = cancelled[cancelled.length / 2];
      double last = cancelled[cancelled.length - 1];
      return new Outcome(
          wrong == 0
              && median <= USUAL_CANCEL
              && last <= LONGEST_CANCEL
              && Math.max(late, stuck) <= LONGEST_OVERTIME,
          String.format(
              Locale.ROOT,
              "%d cancelled, after %.0f ms (median), %.0f ms (last); over time by %.2f s in a loop,"
                  + " %.2f s in one operation; %d of the next jobs wrong",
              cancelled.length,
              median * 1e3,
              last * 1e3,
              late,
              stuck,
              wrong));
    } finally {
      Folders.delete(folder);
    }
  }

  /// Seconds from a cancellation to the end of the job.
  private double cancel(WorkerProcess worker, Payload slow) throws InterruptedException {
    Claim claim = Asked.claim(slow, Duration.ofSeconds(60));
    var outcomes = new Outcomes(folder);
    long[] told = new long[1];
    int wait = random.nextInt(80);
    Thread canceller =
        Thread.ofPlatform()
            .start(() -> {
              try {
                Thread.sleep(wait);
                told[0] = System.nanoTime();
                worker.cancel(claim.job().id());
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
              }
            });
    worker.run(List.of(claim), outcomes);
    long ended = System.nanoTime();
    canceller.join();
    next(worker);
    return (ended - told[0]) / 1e9;
  }

  /// Seconds by which a job ran over its time.
  private double late(WorkerProcess worker, Payload job, int seconds) throws InterruptedException {
    Claim claim = Asked.claim(job, Duration.ofSeconds(seconds));
    var outcomes = new Outcomes(folder);
    worker.run(List.of(claim), outcomes);
    double took = outcomes.secondsSinceItBegan(claim.job().id()) - seconds;
    boolean ended =
        outcomes.of(claim.job().id()) instanceof Failure failure
            && (failure.code() == ErrorCode.TIMED_OUT
                || failure.code() == ErrorCode.WORKER_CRASHED);
    wrong += ended ? 0 : 1;
    next(worker);
    return took;
  }

  private void next(WorkerProcess worker) throws InterruptedException {
    Object result = Outcomes.of(worker, folder, List.of(ModelJobs.plain())).getFirst();
    wrong += result instanceof byte[] bytes && Arrays.equals(bytes, expected) ? 0 : 1;
  }
}
