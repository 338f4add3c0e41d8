package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.key.KeyInfo;
import dev.microtome.server.queue.StoreException;
import dev.microtome.server.status.Counters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the route of a request and answers by it; everything else is refused. Errors leave as JSON
/// that tells nothing of the inside.
final class Router extends Handler.Abstract {
  static final String BUSY = "microtome.busy";

  /// The name of the connector administrators come through.
  static final String ADMINS = "admins";

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private static final Pattern PLAIN_PATH = Pattern.compile("(/[A-Za-z0-9._-]*)+");

  private final List<Route> routes;
  private final Gate gate;
  private final Door door;
  private final BodyReader bodies;
  private final Counters counters;

  Router(List<Route> routes, Gate gate, Door door, BodyReader bodies, Counters counters) {
    this.routes = List.copyOf(routes);
    this.gate = gate;
    this.door = door;
    this.bodies = bodies;
    this.counters = counters;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    var connection = request.getConnectionMetaData();
    connection.setAttribute(BUSY, true);
    try {
      Gate.addHeaders(response);
      response.getHeaders().put("X-Request-Id", id);
      gate.check(request);
      answer(request, response);
      callback.succeeded();
    } catch (Throwable thrown) {
      refuse(response, callback, id, thrown);
    } finally {
      connection.removeAttribute(BUSY);
      counters.answered(response.getStatus());
    }
    return true;
  }

  private void answer(Request request, Response response) throws Exception {
    String path = request.getHttpURI().getPath();
    if (path == null || !PLAIN_PATH.matcher(path).matches()) {
      throw notFound();
    }
    List<String> segments = Route.segments(path);
    var allowed = new ArrayList<String>();
    for (Route route : routes) {
      Map<String, String> values = isHere(route, request) ? route.match(segments) : null;
      if (values != null && route.method().equals(request.getMethod())) {
        KeyInfo key = door.admit(request, route.access());
        route.action().answer(new Exchange(request, response, values, key, bodies));
        return;
      }
      if (values != null) {
        allowed.add(route.method());
      }
    }
    if (allowed.isEmpty()) {
      throw notFound();
    }
    response.getHeaders().put(HttpHeader.ALLOW, String.join(", ", allowed));
    throw new RefusedException(ErrorCode.METHOD_NOT_ALLOWED, "use " + String.join(" or ", allowed));
  }

  // What is for administrators is not there for others, whatever key they have.
  private static boolean isHere(Route route, Request request) {
    return route.access() != Access.ADMIN
        || ADMINS.equals(request.getConnectionMetaData().getConnector().getName());
  }

  private static RefusedException notFound() {
    return new RefusedException(ErrorCode.NOT_FOUND, "there is nothing here");
  }

  private void refuse(Response response, Callback callback, String id, Throwable thrown) {
    if (response.isCommitted() || thrown instanceof EofException) {
      callback.failed(thrown); // nobody listens any more, or half an answer is out
      return;
    }
    if (thrown instanceof StoreException) {
      LOG.warn("request {}: {}", id, thrown.getMessage());
    } else if (!(thrown instanceof RefusedException)) {
      LOG.error("request {} failed", id, thrown);
    }
    var failure = Gate.failure(thrown);
    counters.refused(failure.code());
    @Nullable String retry = Gate.retryAfter(thrown);
    if (retry != null) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, retry);
    }
    if (failure.code() == ErrorCode.UNAUTHORIZED) {
      response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
    }
    if (failure.code() == ErrorCode.TOO_LARGE) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
    try {
      response.getHeaders().remove(HttpHeader.CONTENT_LENGTH);
      new Exchange(response.getRequest(), response, Map.of(), null, bodies)
          .json(failure.code().status(), Map.of("error", Json.error(failure), "request", id));
      callback.succeeded();
    } catch (IOException gone) {
      callback.failed(gone);
    }
  }
}
