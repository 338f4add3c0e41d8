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
import javax.net.ssl.SSLException;
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
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final URI server;
  private final @Nullable String key;
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .executor(Runnable::run) // nothing here waits on it: no other thread has to be woken
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
    return json(send(request(path).GET(), PATIENCE));
  }

  JsonNode delete(String path) {
    return json(send(request(path).DELETE(), PATIENCE));
  }

  byte[] bytes(String path) {
    return refuseErrors(send(request(path).GET(), PATIENCE)).body();
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

  /// Sends, again and again when the connection breaks or the server says later, for a while.
  HttpResponse<byte[]> send(HttpRequest.Builder builder, Duration patience) {
    HttpRequest request = builder.timeout(ANSWER).build();
    long end = System.nanoTime() + patience.toNanos();
    Duration wait = Duration.ofMillis(50);
    while (true) {
      Duration asked = Duration.ZERO;
      try {
        HttpResponse<byte[]> answer = once(request, BodyHandlers.ofByteArray());
        if (!isLater(answer) || System.nanoTime() > end) {
          return answer;
        }
        asked = pause(answer);
      } catch (IOException broken) {
        if (broken instanceof SSLException || System.nanoTime() > end) {
          throw unreachable(broken);
        }
      }
      sleep(asked.compareTo(wait) > 0 ? asked : wait);
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

  static JsonNode json(HttpResponse<byte[]> answer) {
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
