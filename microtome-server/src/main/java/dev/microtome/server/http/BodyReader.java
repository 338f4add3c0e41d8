package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/// Reads bodies up to a size and within a time. Bytes are counted while they come, whatever the
/// headers said; a connection that sends too slowly is closed.
final class BodyReader {
  private static final int SLOWEST = 1_024; // bytes a second, after the first seconds
  private static final int CHUNK = 16 << 10;
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final int most;
  private final Duration longest;
  private final ScheduledExecutorService clock;

  BodyReader(Limits limits, ScheduledExecutorService clock) {
    this.most = limits.body().bytes();
    this.longest = limits.connections().bodyTime();
    this.clock = clock;
  }

  byte[] read(Request request) throws IOException {
    long announced = request.getLength();
    if (announced > most) {
      throw tooLarge();
    }
    var body = new ByteArrayOutputStream((int) Math.max(CHUNK, Math.min(announced, 1 << 20)));
    ScheduledFuture<?> watch = watch(request, body);
    try (InputStream in = Content.Source.asInputStream(request)) {
      byte[] chunk = new byte[CHUNK];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        if (body.size() + count > most) {
          throw tooLarge();
        }
        body.write(chunk, 0, count);
      }
      return body.toByteArray();
    } finally {
      watch.cancel(false);
    }
  }

  private ScheduledFuture<?> watch(Request request, ByteArrayOutputStream body) {
    long began = System.nanoTime();
    return clock.scheduleAtFixedRate(
        () -> {
          Duration lasted = Duration.ofNanos(System.nanoTime() - began);
          boolean slow = body.size() < SLOWEST * lasted.toSeconds();
          if (slow || lasted.compareTo(longest) > 0) {
            request.getConnectionMetaData().getConnection().getEndPoint().close();
          }
        },
        GRACE.toMillis(),
        500,
        TimeUnit.MILLISECONDS);
  }

  private RefusedException tooLarge() {
    return new RefusedException(
        ErrorCode.TOO_LARGE, "the body is larger than %d bytes".formatted(most));
  }

  /// Whether a request says that its body is encoded in some way.
  static boolean isEncoded(Request request) {
    String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
    return encoding != null && !encoding.equalsIgnoreCase("identity");
  }
}
