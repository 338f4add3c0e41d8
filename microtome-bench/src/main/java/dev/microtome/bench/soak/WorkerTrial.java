package dev.microtome.bench.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// Kills and stops the worker process of a served model while clients hand in jobs, at random
/// points; and kills the worker of one job each time that job runs.
final class WorkerTrial implements Trial {
  private static final int CLIENTS = 2;
  private static final double LONGEST_SILENCE = 5;

  private final Random random = new Random(1);
  private final String plain = ModelJobs.plain().jsonText();
  private final ConcurrentLinkedQueue<String> accepted = new ConcurrentLinkedQueue<>();

  @Override
  public String promise() {
    return "P1+P6+P7";
  }

  @Override
  public String about() {
    return "killed and stopped workers lose no job; a job that ends its worker twice is found";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int kills = length.of(4, 200);
    int stops = length.of(1, 5);
    try (var server = ServerProcess.hosting();
        var client = new JobClient(server.port(), server.key)) {
      JsonNode first = client.ended(client.submit("first", plain));
      String expected = client.result(first);
      List<Double> away = disturbed(server, client, kills, stops);
      int wrong = 0;
      int again = 0;
      for (String id : accepted) {
        JsonNode job = client.ended(id);
        again += job.path("attempts").asInt() > 1 ? 1 : 0;
        wrong += client.result(job).equals(expected) && job.path("attempts").asInt() <= 2 ? 0 : 1;
      }
      JsonNode poison = poison(server, client);
      boolean found = poison.path("error").path("code").asString("").equals("worker_crashed");
      boolean flows = client.result(client.ended(client.submit("last", plain))).equals(expected);
      away.sort(Double::compare);
      double load = away.getFirst();
      return new Outcome(
          wrong == 0 && found && flows && away.getLast() <= LONGEST_SILENCE + 3 * load,
          String.format(
              Locale.ROOT,
              "%d kills and %d stops, %d jobs: %d lost or wrong, %d run again; served again after"
                  + " %.1f s (least), %.1f s (median), %.1f s (most); a job that ends its worker is"
                  + " %s after %d runs",
              kills,
              stops,
              accepted.size(),
              wrong,
              again,
              load,
              away.get(away.size() / 2),
              away.getLast(),
              poison.path("error").path("code").asString("not found"),
              poison.path("attempts").asInt()));
    }
  }

  private List<Double> disturbed(ServerProcess server, JobClient client, int kills, int stops)
      throws Exception {
    var away = new ArrayList<Double>();
    try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
      var count = new AtomicInteger();
      for (int i = 0; i < CLIENTS; i++) {
        var _ = threads.submit(() -> handIn(client, count));
      }
      for (int i = 0; i < kills + stops; i++) {
        Thread.sleep(random.nextInt(300));
        ProcessHandle worker = worker(server);
        long began = System.nanoTime();
        signal(worker, i < kills ? "KILL" : "STOP");
        client.ended(client.submit("after-" + i, plain));
        away.add((System.nanoTime() - began) / 1e9);
      }
      threads.shutdownNow();
    }
    return away;
  }

  private void handIn(JobClient client, AtomicInteger count) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        String id = client.submit("job-" + count.incrementAndGet(), plain);
        accepted.add(id);
        client.ended(id);
      }
    } catch (InterruptedException | IOException enough) {
      Thread.currentThread().interrupt();
    }
  }

  /// A job whose worker is killed each time it runs, as it is in the end.
  private JsonNode poison(ServerProcess server, JobClient client) throws Exception {
    String id = client.submit("poison", ModelJobs.json(ModelJobs.slow(), 60));
    JsonNode job = client.look(id);
    int killed = 0;
    while (!job.path("state").asString("").equals("FAILED") && killed < 5) {
      if (job.path("state").asString("").equals("RUNNING")
          && job.path("attempts").asInt() > killed) {
        Thread.sleep(200); // it may still be on its way to the worker
        signal(worker(server), "KILL");
        killed++;
      }
      Thread.sleep(20);
      job = client.look(id);
    }
    return job;
  }

  private static ProcessHandle worker(ServerProcess server)
      throws IOException, InterruptedException {
    ProcessHandle worker = server.worker();
    while (worker == null) {
      Thread.sleep(20);
      worker = server.worker();
    }
    return worker;
  }

  private static void signal(ProcessHandle process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }
}
