package dev.microtome.models.remote;

import dev.microtome.trace.RunException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Requests to one server. What is safe to ask twice is asked again when the connection breaks or
/// the server says to come back later.
final class Connection {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final URI server;
  private final @Nullable String key;
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  Connection(URI server, @Nullable String key) {
    this.server = server;
    this.key = key;
  }

  /// The names of hosted models by what they look like, as far as somebody asked.
  Map<String, String> names() {
    return names;
  }

  HttpRequest.Builder request(String path) {
    var request = HttpRequest.newBuilder(server.resolve(path));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    return request;
  }

  JsonNode get(String path) {
    return json(send(request(path).timeout(ANSWER).GET().build(), BodyHandlers.ofByteArray()));
  }

  JsonNode delete(String path) {
    return json(send(request(path).timeout(ANSWER).DELETE().build(), BodyHandlers.ofByteArray()));
  }

  byte[] bytes(String path) {
    var request = request(path).timeout(ANSWER).GET().build();
    HttpResponse<byte[]> answer = send(request, BodyHandlers.ofByteArray());
    return refuseErrors(answer).body();
  }

  /// Sends a body under a name of its own, so that it counts once however often it arrives.
  JsonNode post(String path, String name, String type, byte[] body) {
    HttpRequest request =
        request(path)
            .timeout(ANSWER)
            .header("Idempotency-Key", name)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    return json(send(request, BodyHandlers.ofByteArray()));
  }

  /// Sends once; the caller knows what to do when that fails.
  <T> HttpResponse<T> once(HttpRequest request, BodyHandler<T> body) throws IOException {
    try {
      return client.send(request, body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted();
    }
  }

  private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> body) {
    return patiently(() -> {
      try {
        HttpResponse<T> answer = once(request, body);
        return isLater(answer) ? new Attempt<T>(answer, pause(answer), null) : Attempt.of(answer);
      } catch (IOException broken) {
        return new Attempt<T>(null, null, broken);
      }
    });
  }

  /// One try: an answer to be taken now, or after which to try again.
  private record Attempt<T>(
      @Nullable HttpResponse<T> answer, @Nullable Duration pause, @Nullable IOException broken) {
    static <T> Attempt<T> of(HttpResponse<T> answer) {
      return new Attempt<>(answer, null, null);
    }

    boolean isDone() {
      return pause == null && broken == null;
    }
  }

  private <T> HttpResponse<T> patiently(Supplier<Attempt<T>> tries) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Duration wait = Duration.ofMillis(50);
    while (true) {
      Attempt<T> attempt = tries.get();
      HttpResponse<T> answer = attempt.answer();
      boolean over = System.nanoTime() > end;
      if (answer != null && (attempt.isDone() || over)) {
        return answer;
      }
      if (over || attempt.broken() instanceof javax.net.ssl.SSLException) {
        throw unreachable(attempt.broken());
      }
      Duration asked = attempt.pause();
      sleep(asked != null && asked.compareTo(wait) > 0 ? asked : wait);
      wait = wait.multipliedBy(2);
      wait = wait.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wait;
    }
  }

  private static boolean isLater(HttpResponse<?> answer) {
    return (answer.statusCode() == 429 || answer.statusCode() == 503)
        && answer.headers().firstValue("Retry-After").isPresent();
  }

  private static Duration pause(HttpResponse<?> answer) {
    try {
      long seconds = answer.headers().firstValueAsLong("Retry-After").orElse(1);
      return Duration.ofSeconds(Math.clamp(seconds, 0, PATIENCE.toSeconds()));
    } catch (NumberFormatException other) {
      return Duration.ofSeconds(1);
    }
  }

  static void sleep(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted();
    }
  }

  static RemoteException interrupted() {
    return new RemoteException("interrupted", "the thread was interrupted while it waited");
  }

  RemoteException unreachable(@Nullable IOException broken) {
    return new RemoteException(
        "unreachable",
        "%s does not answer%s".formatted(server, broken == null ? "" : " (" + broken + ")"));
  }

  private JsonNode json(HttpResponse<byte[]> answer) {
    return parsed(refuseErrors(answer).body());
  }

  static JsonNode parsed(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (JacksonException broken) {
      return JSON.createObjectNode();
    }
  }

  static <T> HttpResponse<T> refuseErrors(HttpResponse<T> answer) {
    if (answer.statusCode() / 100 == 2) {
      return answer;
    }
    throw refusal(
        answer.body() instanceof byte[] body ? parsed(body) : JSON.createObjectNode(),
        answer.statusCode());
  }

  /// What an answer that is an error says.
  static RuntimeException refusal(JsonNode body, int status) {
    JsonNode error = body.path("error");
    var refused =
        new RemoteException(
            error.path("code").asString("http_" + status),
            error.path("message").asString("the server answered " + status));
    int node = error.path("node").asInt(-1);
    return node < 0
        ? refused
        : new RunException(Math.max(0, error.path("trace").asInt(0)), node, refused);
  }

  /// The server alone: a key is never shown.
  @Override
  public String toString() {
    return server.toString();
  }
}
