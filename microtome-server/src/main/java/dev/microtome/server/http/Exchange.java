package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.key.KeyInfo;
import dev.microtome.server.key.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.jspecify.annotations.Nullable;

/// A request that found its route, and the way to answer it. Blocking, on a virtual thread.
final class Exchange {
  private static final Pattern WAIT = Pattern.compile("wait=(\\d{1,6})");

  private final Request request;
  private final Response response;
  private final Map<String, String> path;
  private final @Nullable KeyInfo key;
  private final BodyReader bodies;

  Exchange(
      Request request,
      Response response,
      Map<String, String> path,
      @Nullable KeyInfo key,
      BodyReader bodies) {
    this.request = request;
    this.response = response;
    this.path = path;
    this.key = key;
    this.bodies = bodies;
  }

  /// The value of a `{name}` of the path.
  String path(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the route has no {" + name + "}");
    }
    return value;
  }

  @Nullable String header(String name) {
    return request.getHeaders().get(name);
  }

  /// The value of `name=` in the query, or null.
  @Nullable String query(String name) {
    String query = request.getHttpURI().getQuery();
    if (query != null) {
      for (String part : query.split("&", -1)) {
        if (part.startsWith(name + "=")) {
          return part.substring(name.length() + 1);
        }
      }
    }
    return null;
  }

  /// A whole number of the query.
  int query(String name, int otherwise, int most) {
    String text = query(name);
    if (text == null) {
      return otherwise;
    }
    if (!text.matches("\\d{1,6}") || Integer.parseInt(text) > most) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST, "%s must be a whole number up to %d".formatted(name, most));
    }
    return Integer.parseInt(text);
  }

  /// The seconds the client prefers to wait (`Prefer: wait=S`, RFC 7240), `most` at most; 0 when it
  /// says nothing that is understood.
  int preferredWait(int most) {
    for (String preference : list("Prefer")) {
      Matcher wait = WAIT.matcher(preference);
      if (wait.matches()) {
        return Math.min(most, Integer.parseInt(wait.group(1)));
      }
    }
    return 0;
  }

  /// Whether the client names `type` among what it accepts.
  boolean accepts(String type) {
    return list("Accept").stream().anyMatch(accepted -> accepted.split(";", 2)[0].equals(type));
  }

  private List<String> list(String header) {
    String value = header(header);
    return value == null ? List.of() : List.of(value.trim().split("\\s*,\\s*", -1));
  }

  /// Whether the key has this scope, too.
  boolean may(Scope scope) {
    return key != null && key.scopes().contains(scope);
  }

  /// The id of the key, the owner of what it does.
  String owner() {
    if (key == null) {
      throw new IllegalStateException("an open route has no owner");
    }
    return key.id();
  }

  byte[] body() throws IOException {
    return bodies.read(request);
  }

  void set(HttpHeader name, String value) {
    response.getHeaders().put(name, value);
  }

  void json(int status, Object value) throws IOException {
    bytes(status, "application/json", Json.bytes(value));
  }

  void text(int status, String type, String text) throws IOException {
    bytes(status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(int status, String type, byte[] bytes) throws IOException {
    response.setStatus(status);
    set(HttpHeader.CONTENT_TYPE, type);
    set(HttpHeader.CONTENT_LENGTH, Integer.toString(bytes.length));
    try (Blocker.Callback written = Blocker.callback()) {
      response.write(true, ByteBuffer.wrap(bytes), written); // head and body in one go
      written.block();
    }
  }

  /// Begins an answer whose end is not known.
  OutputStream stream(int status, String type) {
    response.setStatus(status);
    set(HttpHeader.CONTENT_TYPE, type);
    return Content.Sink.asOutputStream(response);
  }

  /// Begins an answer of a known length.
  OutputStream stream(int status, String type, long length) {
    set(HttpHeader.CONTENT_LENGTH, Long.toString(length));
    return stream(status, type);
  }
}
