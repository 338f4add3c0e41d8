package dev.microtome.models.interpret;

import dev.microtome.tensor.Tensor;

/// What is measured of a prediction: from the logits after the last token, (batch, vocabulary), a
/// number for each row, (batch).
@FunctionalInterface
public interface Score {
  Tensor of(Tensor lastLogits);

  /// By how much the logit of `answer` exceeds that of `wrong`: the logarithm of how many times
  /// likelier it is.
  static Score difference(long answer, long wrong) {
    return logits -> logits.select(1, answer).sub(logits.select(1, wrong));
  }

  /// The logit of one token.
  static Score logit(long answer) {
    return logits -> logits.select(1, answer);
  }

  /// The logarithm of one token's probability, in nats.
  static Score logProbability(long answer) {
    return logits -> logits.logSoftmax(-1).select(1, answer);
  }
}
