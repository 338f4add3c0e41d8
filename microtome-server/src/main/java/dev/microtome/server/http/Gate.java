package dev.microtome.server.http;

import dev.microtome.server.job.DiskFull;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.queue.StoreException;
import java.net.URI;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/// What every request must keep to before its route is looked for, and the headers every answer
/// has.
final class Gate {
  static final String CONTENT_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

  private static final String STORE_SECONDS = "2";

  private final HttpSettings settings;
  private final Limits.Connections limits;

  Gate(HttpSettings settings, Limits.Connections limits) {
    this.settings = settings;
    this.limits = limits;
  }

  void check(Request request) {
    if (request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1) {
      throw new RefusedException(ErrorCode.INVALID_REQUEST, "only HTTP/1.1 is spoken here");
    }
    if (request.getHttpURI().toString().length() > limits.uriBytes()) {
      throw new RefusedException(
          ErrorCode.URI_TOO_LONG, "an address has at most %d bytes".formatted(limits.uriBytes()));
    }
    if (!settings.knows(Request.getServerName(request))) {
      throw new RefusedException(
          ErrorCode.MISDIRECTED, "this server does not go by that name; see --host-name");
    }
    String origin = request.getHeaders().get(HttpHeader.ORIGIN);
    if (origin != null && !isOwn(origin, request)) {
      throw new RefusedException(ErrorCode.FORBIDDEN, "requests of other sites are refused");
    }
    if (BodyReader.isEncoded(request)) {
      throw new RefusedException(ErrorCode.UNSUPPORTED_MEDIA, "send the body without an encoding");
    }
  }

  private static boolean isOwn(String origin, Request request) {
    try {
      URI uri = URI.create(origin);
      return Request.getServerName(request).equals(uri.getHost())
          && (uri.getPort() < 0 || uri.getPort() == Request.getServerPort(request));
    } catch (IllegalArgumentException strange) {
      return false;
    }
  }

  static void addHeaders(Response response) {
    var headers = response.getHeaders();
    headers.put("Content-Security-Policy", CONTENT_POLICY);
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put("Cross-Origin-Resource-Policy", "same-origin");
    headers.put(HttpHeader.CACHE_CONTROL, "no-store");
  }

  /// What an answer to a refused request says.
  static Failure failure(Throwable thrown) {
    return switch (thrown) {
      case RefusedException refused -> refused.failure();
      case Throwable full when DiskFull.isWhy(full) -> DiskFull.failure();
      case StoreException _ ->
          new Failure(ErrorCode.NOT_READY, "jobs can't be kept or looked up now; nothing is lost");
      default ->
          new Failure(ErrorCode.INTERNAL, "something failed here; the server's log says what");
    };
  }

  /// Seconds to wait before trying again, or null.
  static @Nullable String retryAfter(Throwable thrown) {
    return switch (thrown) {
      case RefusedException refused when refused.retryAfter() > 0 ->
          Integer.toString(refused.retryAfter());
      case StoreException _ -> STORE_SECONDS;
      default -> null;
    };
  }
}
