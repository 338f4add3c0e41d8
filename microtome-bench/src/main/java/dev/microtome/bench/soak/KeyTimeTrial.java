package dev.microtome.bench.soak;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/// Asks with keys that do not exist and with keys whose secret is wrong, in turns: the time an
/// answer takes must not tell which it was.
final class KeyTimeTrial implements Trial {
  private static final int TRIES = 1_000; // of each
  private static final int ROUNDS = 3;
  private static final double MOST = 0.05;

  @Override
  public String promise() {
    return "A5";
  }

  @Override
  public String about() {
    return "answers to unknown and to wrong keys take as long";
  }

  @Override
  public boolean isAlone() {
    return true;
  }

  @Override
  public Outcome run(Length length) throws Exception {
    try (var server = new ServerProcess()) {
      String wrong = server.key.substring(0, 20) + "a".repeat(43);
      String unknown = "mt_" + "0".repeat(16) + "_" + "a".repeat(43);
      measure(server, unknown, wrong); // warm
      double least = Double.POSITIVE_INFINITY;
      double[] medians = {};
      for (int round = 0; round < ROUNDS && least >= MOST; round++) { // a busy machine adds noise
        double[] now = measure(server, unknown, wrong);
        double difference = Math.abs(now[0] - now[1]) / Math.min(now[0], now[1]);
        if (difference < least) {
          least = difference;
          medians = now;
        }
      }
      return new Outcome(
          least < MOST,
          String.format(
              Locale.ROOT,
              "2 x %d tries, medians %.1f and %.1f us, %.1f %% apart",
              TRIES,
              medians[0],
              medians[1],
              least * 100));
    }
  }

  /// Median microseconds for each of two keys.
  private static double[] measure(ServerProcess server, String one, String other)
      throws IOException, InterruptedException {
    double[][] times = new double[2][TRIES];
    var random = new Random(2);
    try (var first = new JobClient(server.port(), one);
        var second = new JobClient(server.port(), other)) {
      for (int i = 0; i < TRIES; i++) {
        boolean turned = random.nextBoolean();
        times[turned ? 1 : 0][i] = micros(turned ? second : first);
        times[turned ? 0 : 1][i] = micros(turned ? first : second);
      }
    }
    for (double[] all : times) {
      Arrays.sort(all);
    }
    return new double[] {times[0][TRIES / 2], times[1][TRIES / 2]};
  }

  private static double micros(JobClient client) throws IOException, InterruptedException {
    long began = System.nanoTime();
    int status = client.send("GET", "/v1/jobs?limit=1", null).statusCode();
    if (status != 401 && status != 429) {
      throw new IllegalStateException("a wrong key was answered with " + status);
    }
    return (System.nanoTime() - began) / 1e3;
  }
}
