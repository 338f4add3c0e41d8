package dev.microtome.bench.soak;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/// Jobs that were handed in and accepted while processes were killed, and what became of them.
final class HandedIn {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final JobClient client;
  private final AtomicInteger count = new AtomicInteger();
  private final Map<String, String> accepted = new ConcurrentHashMap<>(); // id -> what it was

  HandedIn(JobClient client) {
    this.client = client;
  }

  /// How many were accepted so far.
  int size() {
    return accepted.size();
  }

  /// Hands in jobs, one by one, until its thread is interrupted.
  ///
  /// @param work what the job of a number is to do
  void keepOn(IntFunction<String> work, Duration between) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        hand(work.apply(count.get()));
        Thread.sleep(between);
      }
    } catch (InterruptedException enough) {
      Thread.currentThread().interrupt();
    }
  }

  /// Hands in a job; returns its id.
  String hand(String work) throws InterruptedException {
    int number = count.incrementAndGet();
    String job = EchoExecutor.job(work + " job " + number);
    String id = client.submit("job-" + number, job);
    accepted.put(id, job);
    return id;
  }

  /// Waits for all to end: none may be lost, stuck, or run more than once again.
  Trial.Outcome outcome(String what, int number) throws Exception {
    int lost = 0;
    int stuck = 0;
    int again = 0;
    int tooOften = 0;
    int crashed = 0;
    int broken = 0;
    for (var entry : accepted.entrySet()) {
      JsonNode job = ended(entry.getKey());
      String state = job.path("state").asString("");
      again += job.path("attempts").asInt() > 1 ? 1 : 0;
      tooOften += job.path("attempts").asInt() > 2 ? 1 : 0;
      if (state.equals("COMPLETED")) {
        broken += isWhole(job, entry.getValue()) ? 0 : 1;
      } else if (job.path("error").path("code").asString("").equals("worker_crashed")) {
        crashed++;
      } else if (state.isEmpty()) {
        lost++;
      } else {
        stuck++;
        System.err.println("stuck: " + job);
      }
    }
    return new Trial.Outcome(
        lost == 0 && broken == 0 && stuck == 0 && tooOften == 0 && !accepted.isEmpty(),
        "%d %s, %d jobs accepted, %d lost, %d stuck, %d run again, %d more than once again, %d with a broken result, %d worker_crashed"
            .formatted(
                number, what, accepted.size(), lost, stuck, again, tooOften, broken, crashed));
  }

  /// Whether a result is of this job, and of the run that ended it: its sum was told.
  private boolean isWhole(JsonNode job, String wanted) throws Exception {
    String result = client.result(job);
    byte[] sha =
        MessageDigest.getInstance("SHA-256").digest(result.getBytes(StandardCharsets.ISO_8859_1));
    return result.startsWith(wanted)
        && job.path("result").path("sha256").asString("").equals(HexFormat.of().formatHex(sha));
  }

  /// The job once it has ended, as long as it moves on: others may wait before it, and a lost
  /// worker's lease has to end first.
  private JsonNode ended(String id) throws Exception {
    JsonNode job = client.ended(id);
    JsonNode before = job;
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!job.has("ended") && System.nanoTime() < end) {
      job = client.ended(id);
      if (!job.equals(before)) {
        before = job;
        end = System.nanoTime() + LONGEST.toNanos();
      }
    }
    return job;
  }
}
