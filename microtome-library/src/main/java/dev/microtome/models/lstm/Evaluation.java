package dev.microtome.models.lstm;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The mean loss of a model over a text, the state carried from stretch to stretch.
public final class Evaluation {
  private Evaluation() {}

  /// Mean cross-entropy in nats per word. The model is left in evaluation mode.
  ///
  /// @param length words read at once
  /// @param progress told after each batch, or null
  /// @throws IllegalStateException when the loss is NaN or infinite
  public static double loss(
      Layer<LstmModel.Input, LstmModel.Output> model,
      Batches text,
      long length,
      @Nullable Runnable progress) {
    model.eval();
    return Grad.off(() -> run(model, text, length, progress));
  }

  /// The same, silently.
  public static double loss(
      Layer<LstmModel.Input, LstmModel.Output> model, Batches text, long length) {
    return loss(model, text, length, null);
  }

  private record Step(double loss, Lstm.State state) {}

  private static double run(
      Layer<LstmModel.Input, LstmModel.Output> model,
      Batches text,
      long length,
      @Nullable Runnable progress) {
    double total = 0;
    Lstm.State state = null;
    for (long at = 0; at < text.steps() - 1; at += length) {
      Batches.Batch batch = text.at(at, length);
      Lstm.State before = state;
      Step step = Scope.run(() -> step(model, batch, before));
      if (!Double.isFinite(step.loss())) {
        throw new IllegalStateException(
            "the loss is %s at word %d of each column".formatted(step.loss(), at));
      }
      total += batch.length() * step.loss();
      close(state);
      state = step.state();
      if (progress != null) {
        progress.run();
      }
    }
    close(state);
    return total / (text.steps() - 1);
  }

  private static Step step(
      Layer<LstmModel.Input, LstmModel.Output> model,
      Batches.Batch batch,
      Lstm.@Nullable State state) {
    var out = model.apply(new LstmModel.Input(batch.words(), state));
    Tensor logits = out.logits().view(batch.targets().numel(), -1);
    return new Step(logits.crossEntropy(batch.targets()).item(), out.state());
  }

  private static void close(Lstm.@Nullable State state) {
    if (state != null) {
      state.h().close();
      state.c().close();
    }
  }
}
