package dev.microtome.models;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;

/// How well a model foresees a text.
///
/// @param loss mean negative log-likelihood of a token, in nats
/// @param tokens that were foreseen
public record TextLoss(double loss, long tokens) {
  /// Measures a text in windows of the model's context, each on its own.
  ///
  /// @throws IllegalArgumentException when the text has less than two tokens
  public static TextLoss of(LanguageModel<?> model, String text) {
    return of(model, model.tokenizer().encode(text).ids());
  }

  /// The same for a text that was encoded before; needs no tokenizer.
  public static TextLoss of(LanguageModel<?> model, long[] ids) {
    int window = model.network().context();
    if (ids.length < 2) {
      throw new IllegalArgumentException("a loss needs a text of two tokens or more");
    }
    double sum = 0;
    long tokens = 0;
    for (int from = 0; from + 1 < ids.length; from += window) {
      long[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + window));
      if (part.length > 1) {
        sum += Grad.off(() -> Scope.run(() -> sum(model, part)));
        tokens += part.length - 1;
      }
    }
    return new TextLoss(sum / tokens, tokens);
  }

  private static double sum(LanguageModel<?> model, long[] ids) {
    Tensor logits = model.run(model.input(ids)).logits().squeeze(0).to(DType.FLOAT32);
    Tensor next = Tensor.of(ids).narrow(0, 1, ids.length - 1);
    return logits
        .narrow(0, 0, ids.length - 1)
        .logSoftmax(-1)
        .gather(1, next.unsqueeze(1))
        .sum(DType.FLOAT64)
        .neg()
        .item();
  }

  /// `e^loss`.
  public double perplexity() {
    return Math.exp(loss);
  }
}
