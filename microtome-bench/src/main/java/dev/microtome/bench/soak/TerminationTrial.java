package dev.microtome.bench.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// Tells a server under load to end, and starts it again, several times: clients that try again
/// notice nothing.
final class TerminationTrial implements Trial {
  private static final int CLIENTS = 4;
  private static final double LONGEST = 31;

  private final ConcurrentLinkedQueue<String> accepted = new ConcurrentLinkedQueue<>();
  private final AtomicInteger failures = new AtomicInteger();

  @Override
  public String promise() {
    return "P5";
  }

  @Override
  public String about() {
    return "a server told to end under load ends its jobs and loses none";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    var random = new Random(1);
    List<Double> took = new ArrayList<>();
    try (var server = new ServerProcess();
        var client = new JobClient(server.port(), server.key)) {
      try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
        var count = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
          var _ = threads.submit(() -> handIn(client, count));
        }
        for (int end = 0; end < length.of(3, 20); end++) {
          Thread.sleep(300 + random.nextInt(500));
          took.add(server.endAndRestart());
        }
        threads.shutdownNow();
      }
      int lost = 0;
      int again = 0;
      for (String id : accepted) {
        JsonNode job = client.ended(id);
        lost += job.path("state").asString("").equals("COMPLETED") ? 0 : 1;
        again += job.path("attempts").asInt() > 1 ? 1 : 0;
      }
      double longest = took.stream().mapToDouble(Double::doubleValue).max().orElse(0);
      return new Outcome(
          lost == 0 && again == 0 && failures.get() == 0 && longest <= LONGEST,
          String.format(
              Locale.ROOT,
              "%d ends, the longest took %.1f s; %d jobs: %d not completed, %d run again, %d refusals"
                  + " seen by clients that try again",
              took.size(),
              longest,
              accepted.size(),
              lost,
              again,
              failures.get()));
    }
  }

  private void handIn(JobClient client, AtomicInteger count) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        int number = count.incrementAndGet();
        accepted.add(
            client.submit("job-" + number, EchoExecutor.job("sleep " + number % 40 + " x")));
      }
    } catch (InterruptedException enough) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException refused) {
      System.err.println(refused.getMessage());
      failures.incrementAndGet();
    }
  }
}
