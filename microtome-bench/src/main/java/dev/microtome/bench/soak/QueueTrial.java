package dev.microtome.bench.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;

/// Kills Redis, the server and its workers at random moments while clients hand in jobs.
final class QueueTrial implements Trial {
  private static final int CLIENTS = 3;
  private static final int WORKERS = 2;

  @Override
  public String promise() {
    return "REDIS";
  }

  @Override
  public String about() {
    return "kill -9 of Redis, server and workers loses no job";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int kills = length.of(12, 200);
    var workers = new ArrayList<EchoProcess>();
    try (var scratch = new ScratchFolder();
        var redis = new RedisProcess(scratch.path());
        var server = new ServerProcess(redis.url());
        var client = new JobClient(server.port(), server.key)) {
      for (int i = 0; i < WORKERS; i++) {
        workers.add(
            new EchoProcess(EchoWorker.class, scratch.path().resolve("w" + i), redis.url()));
      }
      var jobs = new HandedIn(client);
      try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
        for (int i = 0; i < CLIENTS; i++) {
          var _ =
              threads.submit(() -> jobs.keepOn(n -> "sleep " + n % 10 * 40, Duration.ofMillis(20)));
        }
        kill(kills, redis, server, workers);
        threads.shutdownNow();
      }
      return jobs.outcome("kills", kills);
    } finally {
      workers.forEach(EchoProcess::close);
    }
  }

  private static void kill(
      int kills, RedisProcess redis, ServerProcess server, List<EchoProcess> workers)
      throws Exception {
    var random = new Random(1);
    for (int kill = 0; kill < kills; kill++) {
      Thread.sleep(200 + random.nextInt(800));
      switch (random.nextInt(4)) {
        case 0, 1 -> redis.killAndRestart();
        case 2 -> workers.get(random.nextInt(WORKERS)).killAndRestart();
        default -> server.killAndRestart();
      }
    }
  }
}
