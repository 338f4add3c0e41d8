package dev.microtome.server.job;

import java.time.Duration;

/// What a server takes, and no more. Told by `GET /v1/capabilities`.
public record Limits(
    Connections connections,
    Body body,
    Graphs graphs,
    Runs runs,
    Queueing queueing,
    Storage storage) {

  public static Limits defaults() {
    return new Limits(
        new Connections(
            64, 1_024, 16 << 10, 2 << 10, Duration.ofSeconds(5), Duration.ofSeconds(30)),
        new Body(16 << 20, 64, 200_000, 64 << 10, 64),
        new Graphs(10_000, 50_000, 64, 2_000, 256, 8 << 20, 32 << 20),
        new Runs(64, 4_096, 1_024, Duration.ofSeconds(60), Duration.ofSeconds(600), 256L << 20),
        new Queueing(60, 2, 16, 256, 1_000, 1_002),
        new Storage(Duration.ofHours(24), 4L << 30, 1L << 30));
  }

  /// Connections and what comes before a body.
  public record Connections(
      int perAddress,
      int total,
      int headerBytes,
      int uriBytes,
      Duration headerTime,
      Duration bodyTime) {}

  /// A submitted body; `stringBytes` holds for each string of its JSON.
  public record Body(int bytes, int jsonDepth, int jsonTokens, int stringBytes, int numberLength) {}

  /// Graphs, summed over the traces of a job, and the tensors beside them.
  public record Graphs(
      int nodes,
      int edges,
      int inputsPerNode,
      int depth,
      int saved,
      int tensorBytes,
      int tensorsBytes) {}

  /// A run: how much goes in, how long it may take, how much may come out.
  public record Runs(
      int prompts,
      int promptTokens,
      int newTokens,
      Duration time,
      Duration longestTime,
      long resultBytes) {}

  /// Jobs at once: running and queued for one key, queued in all; lines a job may log, and
  /// characters of each.
  public record Queueing(
      int submitsPerMinute,
      int runningPerKey,
      int queuedPerKey,
      int queued,
      int logLines,
      int lineCharacters) {}

  /// Results on disk: for how long, how much in all, how much for one key.
  public record Storage(Duration retention, long bytes, long bytesPerKey) {}
}
