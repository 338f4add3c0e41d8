package dev.microtome.bench.soak;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;

/// Kills the server at random moments while clients hand in jobs.
final class KillTrial implements Trial {
  private static final int CLIENTS = 4;
  private static final Duration LONGEST_START = Duration.ofSeconds(20);

  @Override
  public String promise() {
    return "P1";
  }

  @Override
  public String about() {
    return "kill -9 of the API loses no job";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int kills = length.of(12, 200);
    var random = new Random(1);
    try (var server = new ServerProcess();
        var client = new JobClient(server.port(), server.key)) {
      var jobs = new HandedIn(client);
      try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
        for (int i = 0; i < CLIENTS; i++) {
          var _ = threads.submit(() -> jobs.keepOn(n -> "sleep " + n % 5, Duration.ZERO));
        }
        for (int kill = 0; kill < kills; kill++) {
          if (kill % 4 != 0) { // now and then while it starts
            awaitMore(jobs);
          }
          Thread.sleep(random.nextInt(300));
          server.killAndRestart();
        }
        awaitMore(jobs);
        threads.shutdownNow();
      }
      return jobs.outcome("kills", kills);
    }
  }

  private static void awaitMore(HandedIn jobs) throws InterruptedException {
    int before = jobs.size();
    long end = System.nanoTime() + LONGEST_START.toNanos();
    while (jobs.size() == before && System.nanoTime() < end) {
      Thread.sleep(5);
    }
  }
}
