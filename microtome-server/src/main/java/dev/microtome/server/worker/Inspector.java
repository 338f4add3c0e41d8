package dev.microtome.server.worker;

import dev.microtome.models.RunCosts;
import dev.microtome.models.remote.JobForm;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.work.Costing;
import dev.microtome.tensor.Scope;
import dev.microtome.trace.Forecast;
import dev.microtome.trace.RunException;
import java.util.Locale;

/// Looks at jobs for one model by its skeleton: no weights, no numbers.
final class Inspector {
  private static final double OPERATIONS_A_SECOND = 2e10; // of one core that does nothing else

  private final Hosted skeleton;
  private final Most most;

  /// What a job may take at most.
  ///
  /// @param memory bytes of its tensors
  /// @param resultBytes what it may save
  /// @param seconds how long it may run
  record Most(long memory, long resultBytes, long seconds) {
    Most(long memory, Limits.Runs runs) {
      this(memory, runs.resultBytes(), runs.longestTime().toSeconds());
    }
  }

  Inspector(Hosted skeleton, Most most) {
    this.skeleton = skeleton;
    this.most = most;
  }

  /// What a job will take.
  ///
  /// @throws RefusedException when it takes too much, or names what is not there
  Costing.Cost cost(Payload payload) {
    try {
      return Scope.run(() -> {
        JobForm.Asked asked = Task.read(payload.jsonText(), payload.tensors(), skeleton.language());
        return judged(RunCosts.of(skeleton.language(), asked.runs()));
      });
    } catch (RunException refused) {
      throw new RefusedException(Failures.of(ErrorCode.INVALID_GRAPH, refused), 0);
    } catch (IllegalArgumentException | IllegalStateException bad) {
      throw new RefusedException(Failures.of(asArgument(bad)), 0);
    } catch (StackOverflowError deep) {
      throw new RefusedException(Failures.of(deep), 0);
    }
  }

  private static IllegalArgumentException asArgument(RuntimeException bad) {
    return bad instanceof IllegalArgumentException argument
        ? argument
        : new IllegalArgumentException(bad.getMessage(), bad);
  }

  private Costing.Cost judged(Forecast forecast) {
    double seconds = forecast.flops() / OPERATIONS_A_SECOND;
    double peak = forecast.peakBytes() + forecast.resultBytes(); // written from a copy
    require("memory", peak, (double) most.memory(), "bytes", forecast);
    require("results", forecast.resultBytes(), (double) most.resultBytes(), "bytes", forecast);
    require("time", seconds, (double) most.seconds(), "seconds", forecast);
    return new Costing.Cost((long) peak, (long) forecast.resultBytes(), forecast.flops(), seconds);
  }

  private static void require(
      String what, double takes, double limit, String unit, Forecast forecast) {
    if (!(takes <= limit)) {
      String message =
          String.format(
              Locale.ROOT,
              "%s: the job would take %.4g %s, at most %.4g are given; most is taken by node %d of"
                  + " trace %d, %.4g bytes",
              what,
              takes,
              unit,
              limit,
              forecast.node(),
              forecast.trace() + 1,
              forecast.nodeBytes());
      throw new RefusedException(
          new Failure(
              ErrorCode.LIMIT_EXCEEDED, null, message, forecast.trace(), forecast.node(), null),
          0);
    }
  }
}
