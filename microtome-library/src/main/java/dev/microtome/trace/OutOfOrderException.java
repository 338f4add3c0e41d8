package dev.microtome.trace;

import dev.microtome.tensor.AskedFor;
import dev.microtome.tensor.UserCode;
import org.jspecify.annotations.Nullable;

/// An activation was to be changed by a value that is only known after it has passed.
public final class OutOfOrderException extends IllegalStateException implements AskedFor {
  private final String what;

  OutOfOrderException(String message) {
    this(message, UserCode.line());
  }

  /// @param line where the user's code asked for it, or null when that is unknown
  public OutOfOrderException(String message, @Nullable String line) {
    super(message + (line == null ? "" : " at " + line));
    this.what = message;
  }

  /// The same, told with the line that asked for the change.
  @Override
  public OutOfOrderException askedForAt(String line) {
    return new OutOfOrderException(what, line);
  }

  /// The message without the line.
  public String what() {
    return what;
  }
}
