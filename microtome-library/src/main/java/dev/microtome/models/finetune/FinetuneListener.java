package dev.microtome.models.finetune;

/// Told how a training goes on.
public interface FinetuneListener {
  /// One step.
  ///
  /// @param done steps so far, this one included
  /// @param steps in all
  /// @param loss mean over the tokens learned, before the step
  /// @param rate learning rate
  /// @param gradient norm of all gradients together, before it was clipped
  /// @param tokens read by the network
  record Step(int done, int steps, double loss, double rate, double gradient, long tokens) {}

  /// Once, before the first step: where a checkpoint left off, or 0.
  default void begin(int done, int steps) {}

  default void step(Step step) {}

  /// What was held out, after so many steps.
  default void evaluated(LossHistory.Evaluation evaluation) {}

  /// A checkpoint is on disk.
  default void saved(int done) {}
}
