package dev.microtome.bench.soak;

import dev.microtome.bench.fuzz.Mutator;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Sends broken requests: good ones with bytes changed, cut, doubled, lines mixed.
final class HttpFuzzTrial implements Trial {
  private static final String[] WORDS = {
    "\r\n",
    "\r",
    "\n",
    "\0",
    "%00",
    "..",
    ":",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "ffffffff\r\n"
  };

  @Override
  public String promise() {
    return "HTTP";
  }

  @Override
  public String about() {
    return "broken requests are refused and harm nothing";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    var random = new Random(1);
    var mutator = new Mutator(random, WORDS);
    Map<Integer, Integer> answers = new TreeMap<>();
    int sent = 0;
    try (var server = new ServerProcess();
        var client = new JobClient(server.port(), server.key)) {
      long end = System.nanoTime() + length.of(60, 180) * 1_000_000_000L;
      while (System.nanoTime() < end) {
        answers.merge(
            send(server, mutator.next(List.of(request(server, random)))), 1, Integer::sum);
        sent++;
      }
      boolean works =
          client
              .ended(client.submit("after", EchoExecutor.job("hello x")))
              .path("state")
              .asString()
              .equals("COMPLETED");
      int findings = answers.getOrDefault(500, 0);
      return new Outcome(
          works
              && sent > 0
              && server.isAlive()
              && findings == 0
              && !server.log().contains("failed"),
          "%d requests, answers by status %s (0: closed), then a job %s"
              .formatted(sent, answers, works ? "ran" : "did not run"));
    }
  }

  private static byte[] request(ServerProcess server, Random random) {
    String good =
        switch (random.nextInt(4)) {
          case 0 ->
              new String(
                  RawHttp.post(server.key, "fuzz-" + random.nextInt(), EchoExecutor.job("hello x")),
                  StandardCharsets.UTF_8);
          case 1 -> get(server, "/v1/jobs/" + "0123456789abcdef".repeat(2) + "/events");
          case 2 -> get(server, "/v1/models/echo/files/config.json");
          default -> get(server, "/v1/jobs?limit=5");
        };
    return good.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String get(ServerProcess server, String path) {
    return "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nRange: bytes=0-5\r\n\r\n"
        .formatted(path, server.key);
  }

  private static int send(ServerProcess server, byte[] request) throws IOException {
    try (Socket socket = RawHttp.open(server.port())) {
      socket.setSoTimeout(30);
      try {
        socket.getOutputStream().write(request);
        return RawHttp.status(socket);
      } catch (IOException closed) {
        return 0;
      }
    }
  }
}
