package dev.microtome.server.worker;

import dev.microtome.models.remote.RunFailure;
import dev.microtome.server.job.DiskFull;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.worker.Stop.StoppedException;
import dev.microtome.tensor.MemoryLimitException;
import dev.microtome.tensor.TorchException;
import dev.microtome.trace.RunException;
import java.io.UncheckedIOException;

/// Says in safe words how a job failed.
final class Failures {
  private Failures() {}

  static Failure of(Throwable thrown) {
    return switch (thrown) {
      case RunException failed -> of(failed);
      case StoppedException stopped -> stopped(stopped, -1, -1);
      case MemoryLimitException memory -> memory(memory, -1, -1);
      case IllegalArgumentException bad ->
          new Failure(ErrorCode.INVALID_GRAPH, "argument", message(bad), -1, -1, null);
      case OutOfMemoryError _ ->
          new Failure(ErrorCode.OUT_OF_MEMORY, "the job needs more memory than its worker has");
      case StackOverflowError _ ->
          new Failure(ErrorCode.INVALID_GRAPH, "the job is nested too deeply");
      case UncheckedIOException full when DiskFull.isWhy(full) -> DiskFull.failure();
      default -> new Failure(ErrorCode.INTERNAL, "the job failed inside the server");
    };
  }

  private static Failure of(RunException failed) {
    RuntimeException reason = failed.reason();
    return switch (reason) {
      case StoppedException stopped -> stopped(stopped, failed.trace(), failed.node());
      case MemoryLimitException memory -> memory(memory, failed.trace(), failed.node());
      case TorchException torch when isMemory(torch) ->
          memory(torch, failed.trace(), failed.node());
      default -> of(ErrorCode.RUN_FAILED, failed);
    };
  }

  /// The words of the client's own exception, under `code`.
  static Failure of(ErrorCode code, RunException failed) {
    RunFailure told = RunFailure.of(failed);
    return new Failure(code, told.kind(), told.message(), told.trace(), told.node(), told.path());
  }

  private static boolean isMemory(TorchException torch) {
    return torch.getCause() instanceof MemoryLimitException
        || torch.reason().contains("not enough memory");
  }

  private static Failure stopped(StoppedException stopped, int trace, int node) {
    ErrorCode code = stopped.isLate() ? ErrorCode.TIMED_OUT : ErrorCode.RUN_FAILED;
    return new Failure(code, "state", message(stopped), trace, node, null);
  }

  private static Failure memory(RuntimeException memory, int trace, int node) {
    return new Failure(ErrorCode.OUT_OF_MEMORY, "memory", message(memory), trace, node, null);
  }

  private static String message(RuntimeException thrown) {
    String message = thrown.getMessage();
    return message == null ? thrown.getClass().getSimpleName() : message;
  }

  /// Whether the model should be looked at after this.
  static boolean isSuspicious(Failure failure) {
    return failure.code() == ErrorCode.INTERNAL || failure.code() == ErrorCode.OUT_OF_MEMORY;
  }
}
