package dev.microtome.server.job;

import org.jspecify.annotations.Nullable;

/// What went wrong, in words safe to show to the job's owner.
///
/// @param kind which kind of mistake a failed run is, for clients that raise it again, or null
/// @param trace the trace of a session it went wrong in, from 0, or -1
/// @param node the node of that trace's graph, or -1: from it the client finds the user's line
/// @param path the layer concerned, or null
public record Failure(
    ErrorCode code,
    @Nullable String kind,
    String message,
    int trace,
    int node,
    @Nullable String path) {
  private static final int LONGEST = 4_000;

  public Failure {
    if (message.length() > LONGEST) {
      message = message.substring(0, LONGEST) + " …";
    }
  }

  public Failure(ErrorCode code, String message) {
    this(code, null, message, -1, -1, null);
  }
}
