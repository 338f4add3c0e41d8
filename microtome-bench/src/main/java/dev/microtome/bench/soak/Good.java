package dev.microtome.bench.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;

/// Clients that ask for what is theirs, in peace, and notice how long it takes.
final class Good {
  static final int CLIENTS = 20;
  private static final int BETWEEN_MILLIS = 20;

  private Good() {}

  /// The p99 in milliseconds of what they get for so long.
  static double p99(ServerProcess server, ExecutorService threads, int millis) throws Exception {
    try (var client = new JobClient(server.port(), server.key)) {
      var tasks = new ArrayList<Callable<List<Double>>>();
      for (int i = 0; i < CLIENTS; i++) {
        tasks.add(() -> ask(client, millis));
      }
      var all = new ArrayList<Double>();
      for (var one : threads.invokeAll(tasks)) {
        all.addAll(one.get());
      }
      double[] sorted = all.stream().mapToDouble(Double::doubleValue).toArray();
      Arrays.sort(sorted);
      return sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
    }
  }

  private static List<Double> ask(JobClient client, int millis) throws Exception {
    var times = new ArrayList<Double>();
    long end = System.nanoTime() + millis * 1_000_000L;
    while (System.nanoTime() < end) {
      long began = System.nanoTime();
      if (client.send("GET", "/v1/jobs?limit=1", null).statusCode() != 200) {
        throw new IllegalStateException("a good client was refused");
      }
      times.add((System.nanoTime() - began) / 1e6);
      Thread.sleep(BETWEEN_MILLIS);
    }
    return times;
  }
}
