package dev.microtome.cli;

import dev.microtome.server.job.Limits;
import dev.microtome.server.redis.QueueSecret;
import dev.microtome.server.redis.RedisAddress;
import dev.microtome.server.redis.RedisDepot;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/// Which Redis keeps the jobs; mixed into the commands that share a queue with other machines.
final class QueueOption {
  @Option(
      names = "--queue",
      paramLabel = "URL",
      description = {
        "Keep jobs and results in this Redis, for workers on several machines:",
        "  redis://HOST:PORT/DATABASE, or rediss:// for TLS. What opens it is in",
        "  MICROTOME_QUEUE_USER and MICROTOME_QUEUE_PASSWORD."
      },
      showDefaultValue = Visibility.NEVER)
  private @Nullable String queue;

  boolean isGiven() {
    return queue != null;
  }

  /// Refuses an address that is none.
  void check(Output output) {
    var _ = address(output);
  }

  /// What the Redis keeps; says what its settings do not promise.
  ///
  /// @param folder for drafts of results
  RedisDepot open(Path folder, Limits limits, Output output) throws IOException {
    RedisDepot depot = RedisDepot.open(address(output), folder, limits);
    depot.warnings().forEach(warning -> output.err().println("Warning: " + warning));
    return depot;
  }

  private RedisAddress address(Output output) {
    if (queue == null) {
      throw output.misuse("say where the queue is: --queue redis://HOST:PORT/DATABASE");
    }
    QueueSecret secret = QueueSecret.standard();
    try {
      return RedisAddress.of(queue, secret.user(), secret.password());
    } catch (IllegalArgumentException wrong) {
      throw output.misuse(String.valueOf(wrong.getMessage()));
    }
  }
}
