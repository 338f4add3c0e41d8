package dev.microtome.bench.soak;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Hands in jobs and does not give up when the server is away.
final class JobClient implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int NOT_NOW = 503;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

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
    return client.send(request.build(), BodyHandlers.ofString());
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
        Thread.sleep(20);
      } catch (IOException away) {
        Thread.sleep(20);
      }
    }
  }

  /// The job once it has ended, or as it is after so long.
  JsonNode ended(String id) throws IOException, InterruptedException {
    return json(send("GET", "/v1/jobs/" + id + "?wait=8", null));
  }

  static JsonNode json(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }

  @Override
  public void close() {
    client.close();
  }
}
