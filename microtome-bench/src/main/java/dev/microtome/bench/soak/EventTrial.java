package dev.microtome.bench.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/// Follows jobs over connections that break, and looks whether each event came once and in order.
final class EventTrial implements Trial {
  private static final int THREADS = 8;
  private static final int LINES = 20;
  private static final int EVENTS = LINES + 4; // received, queued, running, completed

  @Override
  public String promise() {
    return "P4";
  }

  @Override
  public String about() {
    return "events come once and in order over broken connections";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int jobs = length.of(80, 1_000);
    try (var server = new Running();
        var client = new JobClient(server.port(), server.key);
        var threads = Executors.newFixedThreadPool(THREADS)) {
      var tasks = new ArrayList<Callable<int[]>>();
      for (int job = 0; job < jobs; job++) {
        int number = job;
        tasks.add(() -> {
          String id = client.submit("job-" + number, EchoExecutor.job("lines " + LINES));
          return follow(server, id, new Random(number));
        });
      }
      int wrong = 0;
      int connections = 0;
      for (var followed : threads.invokeAll(tasks)) {
        wrong += followed.get()[0];
        connections += followed.get()[1];
      }
      return new Outcome(
          wrong == 0,
          "%d jobs over %d connections, %d with events missing or out of order"
              .formatted(jobs, connections, wrong));
    }
  }

  private static int[] follow(Running server, String id, Random random) throws IOException {
    List<Long> seen = new ArrayList<>();
    int connections = 0;
    while (seen.size() < EVENTS && connections < 1_000) {
      connections++;
      listen(server, id, seen, 1 + random.nextInt(200));
    }
    for (int i = 0; i < seen.size(); i++) {
      if (seen.get(i) != i + 1) {
        return new int[] {1, connections};
      }
    }
    return new int[] {seen.size() == EVENTS ? 0 : 1, connections};
  }

  /// Listens for a while, then drops the connection.
  private static void listen(Running server, String id, List<Long> seen, int millis)
      throws IOException {
    long end = System.nanoTime() + millis * 1_000_000L;
    try (Socket socket = RawHttp.open(server.port())) {
      socket.setSoTimeout(millis);
      String last = seen.isEmpty() ? "" : "Last-Event-ID: " + seen.getLast() + "\r\n";
      socket
          .getOutputStream()
          .write(
              "GET /v1/jobs/%s/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n%s\r\n"
                  .formatted(id, server.key, last)
                  .getBytes(StandardCharsets.US_ASCII));
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      for (String line = in.readLine();
          line != null && System.nanoTime() < end;
          line = in.readLine()) {
        if (line.startsWith("id: ")) {
          seen.add(Long.parseLong(line.substring(4)));
        }
      }
    } catch (SocketTimeoutException enough) {
      // the connection is dropped; the next one goes on behind the last event
    }
  }
}
