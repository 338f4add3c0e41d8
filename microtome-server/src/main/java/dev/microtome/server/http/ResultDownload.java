package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.queue.StoredBytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/// Sends the result of a job, all of it or one range.
final class ResultDownload {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");
  static final String TYPE = "application/octet-stream";
  private static final int CHUNK = 64 << 10;
  private static final int SHORT = 4 << 20;

  private final ResultStore results;

  /// Bytes `from` up to `to`, exclusive.
  private record Part(long from, long to) {}

  ResultDownload(ResultStore results) {
    this.results = results;
  }

  /// Whether a job has a result that may come at once, with the answer to its submission.
  static boolean isShort(Job job) {
    StoredResult result = job.result();
    return result != null && result.bytes() <= SHORT;
  }

  void send(Exchange exchange, Job job) throws IOException {
    StoredResult result = job.result();
    if (result == null) {
      throw none(job);
    }
    try (StoredBytes bytes = results.open(job.id())) {
      if (bytes == null) {
        throw new RefusedException(ErrorCode.GONE, "the result is kept no longer");
      }
      exchange.set(HttpHeader.ACCEPT_RANGES, "bytes");
      exchange.set(HttpHeader.ETAG, '"' + result.sha256() + '"');
      String wanted = exchange.header("Range");
      Part part = wanted == null ? null : part(wanted, result.bytes());
      if (part == null) {
        write(exchange, 200, bytes, new Part(0, result.bytes()));
      } else if (part.from() >= part.to()) {
        exchange.set(HttpHeader.CONTENT_RANGE, "bytes */" + result.bytes());
        exchange.bytes(416, TYPE, new byte[0]);
      } else {
        exchange.set(
            HttpHeader.CONTENT_RANGE,
            "bytes %d-%d/%d".formatted(part.from(), part.to() - 1, result.bytes()));
        write(exchange, 206, bytes, part);
      }
    }
  }

  private static RefusedException none(Job job) {
    Failure failure = job.failure();
    String why = failure == null ? "" : ": " + failure.code().label() + ", " + failure.message();
    return new RefusedException(
        ErrorCode.CONFLICT,
        job.state().isFinal() && job.state() != JobState.COMPLETED
            ? "the job has no result, it is " + job.state() + why
            : "the job has no result yet, it is " + job.state());
  }

  /// One range; null when the header is of another form, which is to be ignored.
  private static @Nullable Part part(String header, long size) {
    Matcher range = RANGE.matcher(header);
    if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
      return null;
    }
    if (range.group(1).isEmpty()) {
      return new Part(Math.max(0, size - Long.parseLong(range.group(2))), size);
    }
    long from = Long.parseLong(range.group(1));
    long to = range.group(2).isEmpty() ? size : Long.parseLong(range.group(2)) + 1;
    return new Part(from, Math.min(to, size));
  }

  private static void write(Exchange exchange, int status, StoredBytes bytes, Part part)
      throws IOException {
    long length = part.to() - part.from();
    if (length <= CHUNK) {
      exchange.bytes(status, TYPE, bytes.read(part.from(), (int) length));
      return;
    }
    try (OutputStream out = exchange.stream(status, TYPE, length)) {
      for (long at = part.from(); at < part.to(); at += CHUNK) {
        out.write(bytes.read(at, (int) Math.min(CHUNK, part.to() - at)));
      }
    }
  }
}
