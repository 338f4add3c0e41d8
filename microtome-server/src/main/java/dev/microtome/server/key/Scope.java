package dev.microtome.server.key;

import java.util.Locale;

/// What a key is good for.
public enum Scope {
  /// Hand in jobs and cancel its own.
  SUBMIT,
  /// See its own jobs and results, and the models.
  READ,
  /// See the metrics.
  ADMIN;

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The scope called so on the command line.
  public static Scope named(String label) {
    for (Scope scope : values()) {
      if (scope.label().equals(label)) {
        return scope;
      }
    }
    throw new IllegalArgumentException(
        "'" + label + "' is no scope; there are submit, read, admin");
  }
}
