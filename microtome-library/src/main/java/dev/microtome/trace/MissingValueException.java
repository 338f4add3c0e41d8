package dev.microtome.trace;

import dev.microtome.tensor.AskedFor;
import org.jspecify.annotations.Nullable;

/// A value of a trace was read, or an edit asked for, that does not exist; [#reason] says why.
public final class MissingValueException extends IllegalStateException implements AskedFor {
  /// The five ways a value can be missing.
  public enum Reason {
    /// The run has not finished: the value was read inside the trace, or before `run()`.
    NOT_RUN,
    /// The run freed it, because nobody said `save()` and the body did not return it.
    NOT_SAVED,
    /// The layer was not called in this run, or the gradient never reached the tensor.
    NEVER_REACHED,
    /// The layer was called, but fewer times than asked for.
    TOO_FEW_CALLS,
    /// It belongs to a trace that failed, or was closed without a run.
    CLOSED
  }

  private final Reason reason;
  private final String what;

  /// @param line where the user's code asked for it, or null when that is unknown
  public MissingValueException(Reason reason, String message, @Nullable String line) {
    super(message + (line == null ? "" : " (asked for at " + line + ")"));
    this.reason = reason;
    this.what = message;
  }

  /// The same, told with the line that asked for the value.
  @Override
  public MissingValueException askedForAt(String line) {
    return new MissingValueException(reason, what, line);
  }

  /// The message without the line.
  public String what() {
    return what;
  }

  public Reason reason() {
    return reason;
  }
}
