package dev.microtome.bench.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Puts a word nobody else uses into every field, also of broken and failing jobs, and looks for it
/// where it must not be: logs, metrics, the status page, answers to others. Keys must be nowhere.
final class CanaryTrial implements Trial {
  private static final String WORD = "canary7f3a91";

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
    try (var server = new ServerProcess();
        var client = new JobClient(server.port(), server.key)) {
      int sent = provoke(client);
      String metrics = client.send("GET", "/metrics", null).body();
      String page = client.send("GET", "/", null).body();
      String status = client.send("GET", "/v1/status", null).body();
      int words = 0;
      for (String text : List.of(server.log(), metrics, page, status)) {
        words += text.contains(WORD) ? 1 : 0;
      }
      int keys = filesWith(server.folder, server.key.substring(20));
      return new Outcome(
          words == 0 && keys == 0,
          "%d requests, the word in %d of 4 places, the key in %d files"
              .formatted(sent, words, keys));
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
