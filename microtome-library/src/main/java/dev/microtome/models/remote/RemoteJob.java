package dev.microtome.models.remote;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A job that was handed in; see [Remote#submit].
///
/// @param <R> what its trace gives
public final class RemoteJob<R extends @Nullable Object> {
  private final Remote remote;
  private final String id;
  private final Supplier<R> result;

  RemoteJob(Remote remote, String id, Supplier<R> result) {
    this.remote = remote;
    this.id = id;
    this.result = result;
  }

  /// The server's name for it, by which [Remote#job] finds it again.
  public String id() {
    return id;
  }

  /// How it stands now.
  public RemoteStatus status() {
    return remote.status(id);
  }

  /// Waits until it has ended, however.
  public RemoteStatus await() {
    return remote.follow(id);
  }

  /// Waits for what the trace gives; a failure is thrown as it would be here. May be asked again as
  /// long as the server keeps the result.
  public R get() {
    return result.get();
  }

  /// Ends it, if it has not ended.
  public RemoteStatus cancel() {
    return remote.cancel(id);
  }

  @Override
  public String toString() {
    return "RemoteJob(" + id + ")";
  }
}
