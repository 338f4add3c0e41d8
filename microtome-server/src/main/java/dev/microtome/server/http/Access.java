package dev.microtome.server.http;

import dev.microtome.server.key.Scope;
import org.jspecify.annotations.Nullable;

/// Who may use a route.
enum Access {
  /// Anybody who reaches the server.
  OPEN(null),
  SUBMIT(Scope.SUBMIT),
  READ(Scope.READ),
  ADMIN(Scope.ADMIN);

  private final @Nullable Scope scope;

  Access(@Nullable Scope scope) {
    this.scope = scope;
  }

  @Nullable Scope scope() {
    return scope;
  }
}
