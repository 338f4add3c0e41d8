package dev.microtome.server.job;

import java.util.Locale;

/// Why a request or a job was refused, or how a job failed. Requests answer with `status`; a job
/// that fails later tells the code in its state.
public enum ErrorCode {
  INVALID_REQUEST(400),
  UNAUTHORIZED(401),
  FORBIDDEN(403),
  NOT_FOUND(404),
  METHOD_NOT_ALLOWED(405),
  /// The same `Idempotency-Key` with another body, or a result asked for before there is one.
  CONFLICT(409),
  /// The result was there and is kept no longer.
  GONE(410),
  TOO_LARGE(413),
  URI_TOO_LONG(414),
  UNSUPPORTED_MEDIA(415),
  MISDIRECTED(421),
  /// The job is no sound graph: not JSON, an unknown field, a node that refers to a later one.
  INVALID_GRAPH(422),
  OPERATION_NOT_ALLOWED(422),
  UNKNOWN_MODEL(422),
  UNKNOWN_ADAPTER(422),
  /// Sound, but above one of the limits.
  LIMIT_EXCEEDED(422),
  TOO_MANY_REQUESTS(429),
  HEADERS_TOO_LARGE(431),
  INTERNAL(500),
  QUEUE_FULL(503),
  NOT_READY(503),
  STORAGE_FULL(507),

  /// An intervention or the model refused while it ran: the user's mistake.
  RUN_FAILED(500),
  TIMED_OUT(500),
  OUT_OF_MEMORY(500),
  /// The job ended its worker twice and is not tried again.
  WORKER_CRASHED(500);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /// The HTTP status of a request refused so.
  public int status() {
    return status;
  }

  /// The name in answers: `limit_exceeded`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The code named so in an answer.
  public static ErrorCode of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
