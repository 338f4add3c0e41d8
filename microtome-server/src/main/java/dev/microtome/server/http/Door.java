package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.key.KeyInfo;
import dev.microtome.server.key.Keys;
import dev.microtome.server.key.Scope;
import java.time.Duration;
import java.time.InstantSource;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/// Finds out who asks. Wrong keys are answered alike; an address that tries many has to wait.
final class Door {
  private static final String BEARER = "Bearer ";
  private static final int MOST_FAILURES = 10;
  private static final int LONGEST_KEY = 200;

  private final Keys keys;
  private final Rates failures;

  Door(Keys keys, InstantSource clock) {
    this.keys = keys;
    this.failures = new Rates(Duration.ofMinutes(1), clock);
  }

  /// The key of a request, or null where none is needed.
  @Nullable KeyInfo admit(Request request, Access access) {
    Scope needed = access.scope();
    if (needed == null) {
      return null;
    }
    KeyInfo key = key(request);
    if (key == null) {
      throw refuse(Request.getRemoteAddr(request));
    }
    if (!key.scopes().contains(needed)) {
      throw new RefusedException(
          ErrorCode.FORBIDDEN,
          "this key is not good for that: it needs the scope " + needed.label());
    }
    return key;
  }

  /// A good key is taken from any address: somebody else's guesses from there are not its fault.
  private RefusedException refuse(String address) {
    int wait = failures.take(address, MOST_FAILURES);
    return wait == 0
        ? new RefusedException(
            ErrorCode.UNAUTHORIZED, "a good key is needed: Authorization: Bearer mt_…")
        : new RefusedException(
            new Failure(ErrorCode.TOO_MANY_REQUESTS, "too many wrong keys from this address"),
            wait);
  }

  private @Nullable KeyInfo key(Request request) {
    String given = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    if (given == null || !given.startsWith(BEARER) || given.length() > LONGEST_KEY) {
      return null;
    }
    return keys.check(given.substring(BEARER.length()));
  }
}
