package dev.microtome.models.remote;

import dev.microtome.tensor.AskedFor;
import org.jspecify.annotations.Nullable;

/// A server refused a request or a job, or could not be reached; [#code] says why.
public final class RemoteException extends RuntimeException implements AskedFor {
  private final String code;
  private final String what;

  RemoteException(String code, String what) {
    this(code, what, null);
  }

  private RemoteException(String code, String what, @Nullable String line) {
    super(code + ": " + what + (line == null ? "" : " (asked for at " + line + ")"));
    this.code = code;
    this.what = what;
  }

  /// The server's name for it, such as `limit_exceeded`; `unreachable` when there was no answer.
  public String code() {
    return code;
  }

  @Override
  public RemoteException askedForAt(String line) {
    var told = new RemoteException(code, what, line);
    told.initCause(this);
    return told;
  }
}
