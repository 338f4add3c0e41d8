package dev.microtome.cli;

import dev.microtome.models.lstm.Batches;
import dev.microtome.models.lstm.Corpus;
import dev.microtome.models.lstm.Evaluation;
import dev.microtome.models.lstm.LmFolder;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import java.util.Locale;

/// The loss of a word model over a text, and how long it took; printed as PyTorch's walkthrough
/// does.
record TimedLoss(double loss, double seconds, long words) {
  private static final long LENGTH = 25;

  /// Over the first `words` words of `text`, 25 at a time.
  static TimedLoss of(LstmModel model, LmFolder folder, Path text, long words, Output output) {
    Tensor numbers = Corpus.text(text, folder.dictionary());
    return of(model, Batches.of(first(numbers, words), 1), LENGTH, output);
  }

  static TimedLoss of(LstmModel model, Batches columns, long length, Output output) {
    long begin = System.nanoTime();
    double loss;
    try (var bar = new Progress(output, "evaluate", columns.count(length))) {
      loss = Evaluation.loss(model, columns, length, bar::step);
    }
    return new TimedLoss(loss, (System.nanoTime() - begin) / 1e9, columns.columns().numel());
  }

  static Tensor first(Tensor numbers, long words) {
    return numbers.narrow(0, 0, Math.min(words, numbers.numel()));
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "loss: %.3f%nelapsed time (seconds): %.1f", loss, seconds);
  }
}
