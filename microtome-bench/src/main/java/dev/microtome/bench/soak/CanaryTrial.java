package dev.microtome.bench.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Puts a word nobody else uses into every field, also of broken and failing jobs, and looks for it
/// where it must not be: logs, metrics, the status page, answers to others. Keys must be nowhere.
final class CanaryTrial implements Trial {
  private static final String WORD = "canary7f3a91";
  private static final int LOOKS = 6;

  @Override
  public String promise() {
    return "S5+A1";
  }

  @Override
  public String about() {
    return "no prompt in logs and metrics, no key anywhere";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    try (var server = new ServerProcess()) {
      int sent;
      List<String> places;
      try (var client = new JobClient(server.port(), server.key)) {
        sent = provoke(client);
        places =
            List.of(
                client.send("GET", "/metrics", null).body(),
                client.send("GET", "/", null).body(),
                client.send("GET", "/v1/status", null).body(),
                server.log());
      }
      int words = 0;
      for (String text : places) {
        words += text.contains(WORD) ? 1 : 0;
      }
      String secret = server.key.substring(20);
      int keys = filesWith(server.folder, secret);
      int heap = timesInHeap(server, secret);
      for (int looks = 1; heap > 0 && looks < LOOKS; looks++) {
        passBy(server);
        heap = timesInHeap(server, secret);
      }
      return new Outcome(
          words == 0 && keys == 0 && heap == 0,
          "%d requests, the word in %d of 4 places, the key in %d files and %d times in the heap"
              .formatted(sent, words, keys, heap));
    }
  }

  private static int provoke(JobClient client) throws Exception {
    List<String> bodies =
        List.of(
            EchoExecutor.job(WORD + " x"),
            EchoExecutor.job("fail x " + WORD),
            EchoExecutor.job("lines x" + WORD), // its executor throws
            EchoExecutor.job("x").replace("argument", WORD),
            EchoExecutor.job("x").replace("\"version\"", "\"" + WORD + "\""),
            "{\"" + WORD,
            WORD + "\r\nfake log line");
    int sent = 0;
    for (String body : bodies) {
      var answer = client.send("POST", "/v1/jobs", body, "Idempotency-Key", WORD + sent++);
      if (answer.statusCode() == 202) {
        client.ended(JobClient.json(answer).path("id").asString());
      }
    }
    client.send("GET", "/v1/jobs/" + WORD, null);
    client.send("GET", "/" + WORD + "?key=" + WORD, null, "X-Word", WORD);
    return sent + 2;
  }

  /// Looks through a dump of what the server's process holds once its connections are closed: an
  /// open one's parser remembers the last line it read.
  private static int timesInHeap(ServerProcess server, String secret) throws Exception {
    Path folder = Files.createTempDirectory("microtome-heap");
    Path dump = folder.resolve("dump.hprof");
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process dumping =
        new ProcessBuilder(jcmd, Long.toString(server.id()), "GC.heap_dump", dump.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(dumping.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (dumping.waitFor() != 0 || !Files.exists(dump)) {
      throw new IOException("no heap dump: " + said);
    }
    byte[] bytes = Files.readAllBytes(dump);
    Folders.delete(folder);
    String heap = new String(bytes, StandardCharsets.ISO_8859_1);
    int found = 0;
    for (int at = heap.indexOf(secret); at >= 0; at = heap.indexOf(secret, at + 1)) {
      found++;
    }
    return found;
  }

  /// Others come without a key: a thread that waits for its next request still has the last one on
  /// its stack.
  private static void passBy(ServerProcess server) throws Exception {
    for (int i = 0; i < 32; i++) {
      try (var stranger = new JobClient(server.port(), "")) {
        stranger.send("GET", "/healthz", null);
      }
    }
    Thread.sleep(Duration.ofMillis(500));
  }

  private static int filesWith(Path folder, String secret) throws IOException {
    int found = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        found += content.contains(secret) ? 1 : 0;
      }
    }
    return found;
  }
}
