package dev.microtome.bench.soak;

import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

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
    Map<String, String> accepted = new ConcurrentHashMap<>(); // id -> what was handed in
    try (var server = new ServerProcess();
        var client = new JobClient(server.port(), server.key)) {
      try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
        var count = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
          var _ = threads.submit(() -> handIn(client, count, accepted));
        }
        for (int kill = 0; kill < kills; kill++) {
          if (kill % 4 != 0) { // now and then while it starts
            awaitMore(accepted);
          }
          Thread.sleep(random.nextInt(300));
          server.killAndRestart();
        }
        awaitMore(accepted);
        threads.shutdownNow();
      }
      return check(client, accepted, kills);
    }
  }

  private static void awaitMore(Map<String, String> accepted) throws InterruptedException {
    int before = accepted.size();
    long end = System.nanoTime() + LONGEST_START.toNanos();
    while (accepted.size() == before && System.nanoTime() < end) {
      Thread.sleep(5);
    }
  }

  private static void handIn(JobClient client, AtomicInteger count, Map<String, String> accepted) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        int number = count.incrementAndGet();
        String job = EchoExecutor.job("sleep " + number % 5 + " job " + number);
        accepted.put(client.submit("job-" + number, job), job);
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
    for (var entry : accepted.entrySet()) {
      JsonNode job = client.ended(entry.getKey());
      String state = job.path("state").asString("");
      int attempts = job.path("attempts").asInt();
      again += attempts > 1 ? 1 : 0;
      tooOften += attempts > 2 ? 1 : 0;
      if (state.equals("COMPLETED")) {
        var result = client.send("GET", "/v1/jobs/" + entry.getKey() + "/result", null);
        lost += result.body().equals(entry.getValue()) ? 0 : 1;
      } else if (state.isEmpty()) {
        lost++;
      } else if (!job.path("error").path("code").asString("").equals("worker_crashed")) {
        stuck++;
      }
    }
    return new Outcome(
        lost == 0 && stuck == 0 && tooOften == 0 && !accepted.isEmpty(),
        "%d kills, %d jobs accepted, %d lost, %d stuck, %d run again, %d more than once again"
            .formatted(kills, accepted.size(), lost, stuck, again, tooOften));
  }
}
