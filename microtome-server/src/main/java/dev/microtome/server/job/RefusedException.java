package dev.microtome.server.job;

/// A request or job that is not taken; nothing of it was executed.
public final class RefusedException extends RuntimeException {
  private final transient Failure failure;
  private final int retryAfter;

  public RefusedException(Failure failure, int retryAfterSeconds) {
    super(failure.message());
    this.failure = failure;
    this.retryAfter = retryAfterSeconds;
  }

  public RefusedException(ErrorCode code, String message) {
    this(new Failure(code, message), 0);
  }

  public Failure failure() {
    return failure;
  }

  /// Seconds after which trying again makes sense, or 0 when it never does.
  public int retryAfter() {
    return retryAfter;
  }
}
