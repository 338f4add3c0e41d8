package dev.microtome.models.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Follows a job by its events until it has ended. A stream that breaks is taken up again behind
/// the last event that was heard.
final class Following {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final Connection connection;
  private final RemoteProgress progress;
  private RemoteStatus status;
  private @Nullable String lastId;
  private String event = "";
  private String data = "";
  private @Nullable String id;

  Following(Connection connection, RemoteStatus status, RemoteProgress progress) {
    this.connection = connection;
    this.status = status;
    this.progress = progress;
  }

  /// Waits for the end of the job.
  RemoteStatus toTheEnd() {
    progress.status(status);
    long silentSince = System.nanoTime();
    Duration pause = Duration.ofMillis(20);
    while (!status.state().isFinal()) {
      IOException broken = null;
      try {
        if (listen()) {
          silentSince = System.nanoTime();
          pause = Duration.ofMillis(20);
        }
      } catch (IOException e) {
        broken = e;
      }
      if (!status.state().isFinal()) {
        if (System.nanoTime() - silentSince > PATIENCE.toNanos()) {
          throw connection.unreachable(broken);
        }
        Connection.sleep(pause);
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      }
    }
    return status;
  }

  /// Reads one stream to its end; returns whether anything came.
  private boolean listen() throws IOException {
    var request =
        connection
            .request("/v1/jobs/" + status.id() + "/events")
            .header("Accept", "text/event-stream");
    if (lastId != null) {
      request.header("Last-Event-ID", lastId);
    }
    HttpResponse<Stream<String>> answer =
        connection.once(request.GET().build(), HttpResponse.BodyHandlers.ofLines());
    if (answer.statusCode() / 100 == 5 || answer.statusCode() == 429) {
      answer.body().close();
      throw new IOException("status " + answer.statusCode());
    }
    boolean heard = false;
    try (Stream<String> lines = Connection.refuseErrors(answer).body()) {
      for (Iterator<String> next = lines.iterator(); next.hasNext(); ) {
        take(next.next());
        heard = true;
        if (status.state().isFinal()) {
          break;
        }
      }
    } catch (UncheckedIOException broken) {
      throw broken.getCause();
    }
    return heard;
  }

  private void take(String line) {
    if (line.isEmpty()) {
      dispatch();
      event = "";
      data = "";
      id = null;
    } else if (line.startsWith("id: ")) {
      id = line.substring(4);
    } else if (line.startsWith("event: ")) {
      event = line.substring(7);
    } else if (line.startsWith("data: ")) {
      data = line.substring(6);
    }
  }

  private void dispatch() {
    if (event.isEmpty()) {
      return;
    }
    JsonNode told = Connection.parsed(data.getBytes(StandardCharsets.UTF_8));
    switch (event) {
      case "state" -> {
        RemoteStatus.State next = RemoteStatus.state(told);
        if (next.compareTo(status.state()) >= 0) { // what came before is told again
          change(status.with(next, told.path("error")));
        }
      }
      case "position" -> change(status.at(told.path("position").asInt(0)));
      case "progress" -> change(status.done(told.path("done").asInt(0), told.path("all").asInt(0)));
      case "log" -> progress.log(told.path("line").asString(""));
      default -> {} // of a newer server
    }
    lastId = id == null ? lastId : id;
  }

  private void change(RemoteStatus next) {
    status = next;
    progress.status(next);
  }
}
