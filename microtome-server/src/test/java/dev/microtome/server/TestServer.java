package dev.microtome.server;

import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Scope;
import dev.microtome.server.work.Costing;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server on a free port with a [TestExecutor], and a client of it.
public final class TestServer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public final TestExecutor executor = new TestExecutor("m-1", "m", 1);
  public final ModelServer server;
  public final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  public final String key;
  public final String base;

  public TestServer(Path folder, Limits limits) throws Exception {
    this(folder, limits, HttpSettings.loopback(0));
  }

  public TestServer(Path folder, Limits limits, HttpSettings settings) throws Exception {
    server =
        ModelServer.start(
            folder, settings, limits, List.of(executor), (_, _, _) -> new Costing.Cost(0, 0, 0, 0));
    key = server.keys().create("test", Set.of(Scope.SUBMIT, Scope.READ), null).text();
    base = "http://127.0.0.1:" + server.port();
  }

  public HttpRequest.Builder request(String path, String with) {
    var request = HttpRequest.newBuilder(URI.create(base + path));
    return with == null ? request : request.header("Authorization", "Bearer " + with);
  }

  public HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path, key));
  }

  public HttpRequest.Builder post(String json) {
    return request("/v1/jobs", key)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(json));
  }

  /// Hands in a job; returns its id.
  public String submit(String order) throws IOException, InterruptedException {
    var answer = send(post(TestExecutor.job(order)));
    if (answer.statusCode() != 202) {
      throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
    }
    return json(answer).path("id").asString();
  }

  /// The job once it has ended.
  public JsonNode ended(String id) throws IOException, InterruptedException {
    return json(get("/v1/jobs/" + id + "?wait=20"));
  }

  public static JsonNode json(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }

  @Override
  public void close() throws IOException {
    server.close();
    client.close();
  }
}
