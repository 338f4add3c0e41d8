package dev.microtome.models.remote;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A job on its way to a server, under a name of its own, so that it is one job however often it is
/// sent.
final class Handing {
  private static final String RESULT = "application/octet-stream";
  private static final String ANY = RESULT + ", application/json";

  private final Connection connection;
  private final JobBody body;
  private final String name = UUID.randomUUID().toString();

  Handing(Connection connection, JobBody body) {
    this.connection = connection;
    this.body = body;
  }

  /// What a server said: how the job stands, and its result if that came along.
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Answer(RemoteStatus status, byte @Nullable [] result, String hash) {
    /// What each of the job's traces saved; only when there is a result.
    List<Map<Integer, Object>> saved(int traces) {
      if (result == null) {
        throw new IllegalStateException("no result came along");
      }
      return ResultFetch.read(status.id(), result, hash, traces);
    }
  }

  /// Sends it and does not wait for its end.
  RemoteStatus send(Duration patience) {
    return RemoteStatus.of(Connection.json(connection.send(post(), patience)));
  }

  /// Sends it and lets the server wait for its end for some seconds, so that one request is all a
  /// short job takes.
  Answer await(Duration patience, int seconds) {
    HttpRequest.Builder request = post().header("Prefer", "wait=" + seconds).header("Accept", ANY);
    HttpResponse<byte[]> answer = Connection.refuseErrors(connection.send(request, patience));
    String type = answer.headers().firstValue("Content-Type").orElse("");
    if (!type.equals(RESULT)) {
      return new Answer(RemoteStatus.of(Connection.json(answer)), null, "");
    }
    String place = answer.headers().firstValue("Location").orElse("");
    String hash = ResultFetch.hash(answer);
    String id = place.substring(place.lastIndexOf('/') + 1);
    return new Answer(RemoteStatus.completed(id), answer.body(), hash);
  }

  private HttpRequest.Builder post() {
    return connection
        .request("/v1/jobs")
        .header("Idempotency-Key", name)
        .header("Content-Type", body.type())
        .POST(HttpRequest.BodyPublishers.ofByteArray(body.bytes()));
  }
}
