package dev.microtome.trace;

import dev.microtome.tensor.UserCode;
import org.jspecify.annotations.Nullable;

/// An activation was to be changed by a value that is only known after it has passed.
public final class OutOfOrderException extends IllegalStateException {
  OutOfOrderException(String message) {
    this(message, UserCode.line());
  }

  OutOfOrderException(String message, @Nullable String line) {
    super(message + (line == null ? "" : " at " + line));
  }
}
