package dev.microtome.trace;

import org.jspecify.annotations.Nullable;

/// A trace of a session failed; the cause tells why. Those before it have run, those after it have
/// not.
public final class SessionException extends IllegalStateException {
  private final int trace;

  SessionException(int trace, int all, @Nullable String line, RuntimeException cause) {
    super(
        "trace %d of the session's %d%s failed: %s"
            .formatted(
                trace + 1, all, line == null ? "" : ", begun at " + line + ",", cause.getMessage()),
        cause);
    this.trace = trace;
  }

  /// Which trace, from 0.
  public int trace() {
    return trace;
  }
}
