package dev.microtome.bench.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// Keeps a served model busy for ten minutes and watches what the server and its worker hold, after
/// they have warmed up. In the short form it only warms up, and judges nothing.
final class MemoryTrial implements Trial {
  private static final double MOST = 1; // megabytes a minute
  private static final int SAMPLE_MILLIS = 2_000;
  private static final int CLIENTS = 2;
  private static final int PAUSE_MILLIS = 50;

  @Override
  public String promise() {
    return "SOAK";
  }

  @Override
  public String about() {
    return "memory of server and worker stays flat for ten minutes";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int warm = length.of(5, 240);
    int measured = length.of(10, 600);
    try (var server = ServerProcess.hosting();
        var client = new JobClient(server.port(), server.key);
        var threads = Executors.newFixedThreadPool(CLIENTS)) {
      var isOn = new AtomicBoolean(true);
      var done = new AtomicInteger();
      for (int i = 0; i < CLIENTS; i++) {
        var _ = threads.submit(() -> work(client, isOn, done));
      }
      Thread.sleep(warm * 1_000L);
      ProcessHandle worker = server.worker();
      long id = worker == null ? -1 : worker.pid();
      List<double[]> samples = new ArrayList<>();
      long began = System.nanoTime();
      while (System.nanoTime() - began < measured * 1_000_000_000L) {
        samples.add(
            new double[] {
              (System.nanoTime() - began) / 60e9,
              server.residentMegabytes(),
              ServerProcess.residentMegabytes(id)
            });
        Thread.sleep(SAMPLE_MILLIS);
      }
      isOn.set(false);
      double api = slope(samples, 1);
      double model = slope(samples, 2);
      double[] last = samples.getLast();
      return new Outcome(
          length == Length.SHORT || (api <= MOST && model <= MOST),
          String.format(
              Locale.ROOT,
              "%d jobs in %d s after %d s: server %.0f MB, %+.2f MB/min; worker %.0f MB, %+.2f MB/min%s",
              done.get(),
              measured,
              warm,
              last[1],
              api,
              last[2],
              model,
              length == Length.SHORT ? "; too short to judge" : ""));
    }
  }

  private static void work(JobClient client, AtomicBoolean isOn, AtomicInteger done) {
    String job = ModelJobs.plain().jsonText();
    try {
      while (isOn.get()) {
        JsonNode ended = client.ended(client.submit("job-" + done.incrementAndGet(), job));
        String _ = client.result(ended);
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException | IOException enough) {
      Thread.currentThread().interrupt();
    }
  }

  /// Megabytes a minute, by least squares.
  private static double slope(List<double[]> samples, int of) {
    double x = samples.stream().mapToDouble(sample -> sample[0]).average().orElse(0);
    double y = samples.stream().mapToDouble(sample -> sample[of]).average().orElse(0);
    double above = 0;
    double below = 0;
    for (double[] sample : samples) {
      above += (sample[0] - x) * (sample[of] - y);
      below += (sample[0] - x) * (sample[0] - x);
    }
    return below == 0 ? 0 : above / below;
  }
}
