package dev.microtome.bench.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// Kills Redis, the server and its workers at random moments while clients hand in jobs.
final class QueueTrial implements Trial {
  private static final int CLIENTS = 3;
  private static final int WORKERS = 2;
  private static final Duration LONGEST = Duration.ofSeconds(60);

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
    Map<String, String> accepted = new ConcurrentHashMap<>(); // id -> what was handed in
    var workers = new ArrayList<EchoProcess>();
    try (var scratch = new ScratchFolder();
        var redis = new RedisProcess(scratch.path());
        var server = new ServerProcess(redis.url());
        var client = new JobClient(server.port(), server.key)) {
      for (int i = 0; i < WORKERS; i++) {
        workers.add(
            new EchoProcess(EchoWorker.class, scratch.path().resolve("w" + i), redis.url()));
      }
      try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
        var count = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
          var _ = threads.submit(() -> handIn(client, count, accepted));
        }
        kill(kills, redis, server, workers);
        threads.shutdownNow();
      }
      return check(client, accepted, kills);
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

  private static void handIn(JobClient client, AtomicInteger count, Map<String, String> accepted) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        int number = count.incrementAndGet();
        String job = EchoExecutor.job("sleep " + number % 10 * 40 + " job " + number);
        accepted.put(client.submit("job-" + number, job), job);
        Thread.sleep(20);
      }
    } catch (InterruptedException enough) {
      Thread.currentThread().interrupt();
    }
  }

  private static Outcome check(JobClient client, Map<String, String> accepted, int kills)
      throws Exception {
    int lost = 0;
    int stuck = 0;
    int again = 0;
    int tooOften = 0;
    int crashed = 0;
    for (var entry : accepted.entrySet()) {
      JsonNode job = ended(client, entry.getKey());
      String state = job.path("state").asString("");
      again += job.path("attempts").asInt() > 1 ? 1 : 0;
      tooOften += job.path("attempts").asInt() > 2 ? 1 : 0;
      if (state.equals("COMPLETED")) {
        var result = client.send("GET", "/v1/jobs/" + entry.getKey() + "/result", null);
        lost += result.body().equals(entry.getValue()) ? 0 : 1;
      } else if (job.path("error").path("code").asString("").equals("worker_crashed")) {
        crashed++;
      } else if (state.isEmpty()) {
        lost++;
      } else {
        stuck++;
      }
    }
    return new Outcome(
        lost == 0 && stuck == 0 && tooOften == 0 && !accepted.isEmpty(),
        "%d kills, %d jobs accepted, %d lost, %d stuck, %d run again, %d more than once again, %d worker_crashed"
            .formatted(kills, accepted.size(), lost, stuck, again, tooOften, crashed));
  }

  /// The job once it has ended; a lost worker's lease has to end first.
  private static JsonNode ended(JobClient client, String id) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    JsonNode job = client.ended(id);
    while (!job.has("ended") && System.nanoTime() < end) {
      job = client.ended(id);
    }
    return job;
  }
}
