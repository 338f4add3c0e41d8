package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import org.jspecify.annotations.Nullable;

/// A trace recorded once, to be run on many inputs: nothing is recorded or scanned again.
public final class Recorded<I, R extends @Nullable Object> {
  private final Recording recording;
  private final R result;
  private final Plan plan;
  private final Runner<I> runner;

  /// Runs a plan on an input.
  @FunctionalInterface
  interface Runner<I> {
    Interleaver run(Plan plan, I input);
  }

  Recorded(Recording recording, R result, Runner<I> runner) {
    this.recording = recording;
    this.result = result;
    this.runner = runner;
    this.plan = recording.seal();
  }

  /// Runs the network on `input` and returns what the body returned, with this run's numbers.
  public R run(I input) {
    Answers answers = runner.run(plan, input).answers();
    recording.answered(answers);
    return Values.map(result, tensor -> revealed(tensor, answers));
  }

  private Tensor revealed(Tensor tensor, Answers answers) {
    return tensor instanceof Deferred deferred && deferred.origin() == recording
        ? answers.value(deferred.node())
        : tensor;
  }

  /// What was recorded.
  public Graph graph() {
    return recording.graph();
  }
}
