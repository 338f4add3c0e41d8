package dev.microtome.server.work;

import dev.microtome.server.job.Payload;
import org.jspecify.annotations.Nullable;

/// Looks at a job before it is queued: shapes, memory, floating-point operations and time, by shape
/// inference, without running any of it. The checks that need no tensors are done before.
public interface Costing {
  /// What a job will take.
  ///
  /// @throws dev.microtome.server.job.RefusedException when it can not work or takes too much;
  ///   tells the node and the limit
  Cost cost(String model, @Nullable String adapter, Payload payload);

  /// What one job takes.
  ///
  /// @param peakBytes memory beside the weights
  /// @param resultBytes what it saves
  record Cost(long peakBytes, long resultBytes, double flops, double seconds) {}
}
