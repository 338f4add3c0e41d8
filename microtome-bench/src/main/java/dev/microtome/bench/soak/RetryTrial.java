package dev.microtome.bench.soak;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Hands the same jobs in again and again, half of the time without waiting for the answer.
final class RetryTrial implements Trial {
  private static final int THREADS = 4;
  private static final int RETRIES_OF_EACH = 20;

  @Override
  public String promise() {
    return "P2";
  }

  @Override
  public String about() {
    return "a job handed in often runs once";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int retries = length.of(2_000, 10_000);
    int jobs = retries / RETRIES_OF_EACH;
    try (var server = new Running()) {
      try (var threads = Executors.newFixedThreadPool(THREADS)) {
        var tasks = new ArrayList<Callable<Integer>>();
        for (int thread = 0; thread < THREADS; thread++) {
          var random = new Random(thread);
          tasks.add(() -> hammer(server, random, retries / THREADS, jobs));
        }
        List<Future<Integer>> all = threads.invokeAll(tasks);
        for (Future<Integer> one : all) {
          one.get();
        }
      }
      return check(server, jobs, retries);
    }
  }

  private static int hammer(Running server, Random random, int times, int jobs) throws IOException {
    int dropped = 0;
    for (int i = 0; i < times; i++) {
      int number = random.nextInt(jobs);
      try (Socket socket = RawHttp.open(server.port())) {
        socket
            .getOutputStream()
            .write(
                RawHttp.post(
                    server.key, "job-" + number, EchoExecutor.job("sleep 0 job " + number)));
        if (random.nextBoolean()) {
          RawHttp.status(socket);
        } else {
          dropped++;
        }
      }
    }
    return dropped;
  }

  private static Outcome check(Running server, int jobs, int retries) throws Exception {
    int done = 0;
    try (var client = new JobClient(server.port(), server.key)) {
      for (int number = 0; number < jobs; number++) { // each once more, and to its end
        String id = client.submit("job-" + number, EchoExecutor.job("sleep 0 job " + number));
        done += client.ended(id).path("state").asString().equals("COMPLETED") ? 1 : 0;
      }
    }
    long runs = server.executor.runs().values().stream().mapToLong(n -> n.sum()).sum();
    return new Outcome(
        done == jobs && runs == jobs,
        "%d retries of %d jobs, %d executions, %d completed".formatted(retries, jobs, runs, done));
  }
}
