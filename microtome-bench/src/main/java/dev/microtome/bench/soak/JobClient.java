package dev.microtome.bench.soak;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Hands in jobs and does not give up when the server is away.
final class JobClient implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int NOT_NOW = 503;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST_WAITS = 8;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final int port;
  private final String key;

  JobClient(int port, String key) {
    this.port = port;
    this.key = key;
  }

  HttpResponse<String> send(String method, String path, @Nullable String body, String... headers)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + key)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
  }

  /// Hands a job in under `name`, again and again until somebody says that it is accepted; returns
  /// its id.
  String submit(String name, String json) throws InterruptedException {
    while (true) {
      try {
        var answer = send("POST", "/v1/jobs", json, "Idempotency-Key", name);
        if (answer.statusCode() == 202 || answer.statusCode() == 200) {
          return json(answer).path("id").asString();
        }
        if (answer.statusCode() != NOT_NOW) {
          throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
        }
        Thread.sleep(50);
      } catch (IOException away) {
        Thread.sleep(20);
      }
    }
  }

  /// The job once it has ended, or as it is after so long.
  JsonNode ended(String id) throws IOException, InterruptedException {
    JsonNode job = JSON.createObjectNode();
    for (int waits = 0; waits < MOST_WAITS && !isFinal(job); waits++) {
      try {
        job = json(send("GET", "/v1/jobs/" + id + "?wait=8", null));
      } catch (IOException away) {
        Thread.sleep(50);
      }
    }
    return job;
  }

  private static boolean isFinal(JsonNode job) {
    return List.of("COMPLETED", "FAILED", "CANCELLED").contains(job.path("state").asString(""));
  }

  /// The job as it is now.
  JsonNode look(String id) throws IOException, InterruptedException {
    return json(send("GET", "/v1/jobs/" + id, null));
  }

  /// The result of a job as text of its bytes, or what else is answered.
  String result(JsonNode job) throws IOException, InterruptedException {
    return send("GET", "/v1/jobs/" + job.path("id").asString("") + "/result", null).body();
  }

  static JsonNode json(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }

  @Override
  public void close() {
    client.close();
  }
}
