package dev.microtome.models.finetune;

/// How a model is trained further.
///
/// ```java
/// var options = FinetuneOptions.DEFAULT.epochs(10).rate(1e-3).batch(4, 2);
/// ```
///
/// @param epochs how often each example is learned; fractions count
/// @param batch examples run at once
/// @param accumulate batches whose gradients make one step
/// @param rate greatest learning rate of AdamW
/// @param warmup share of the steps in which the rate rises; after it half a cosine falls to 0
/// @param decay weight decay of AdamW
/// @param clip greatest norm of all gradients together
/// @param seed of the order of the examples and of dropout
/// @param evaluateEvery steps between looks at what is held out; 0 for the beginning and the end
/// @param saveEvery steps between checkpoints
public record FinetuneOptions(
    double epochs,
    int batch,
    int accumulate,
    double rate,
    double warmup,
    double decay,
    double clip,
    long seed,
    int evaluateEvery,
    int saveEvery) {
  /// Three epochs of 8 examples a step, rate 2e-4 after a warm-up of 5 %.
  public static final FinetuneOptions DEFAULT =
      new FinetuneOptions(3, 8, 1, 2e-4, 0.05, 0.01, 1, 0, 0, 50);

  public FinetuneOptions {
    if (!(epochs > 0 && epochs <= 1e6)) {
      throw new IllegalArgumentException("epochs must be above 0 and at most 1e6, got " + epochs);
    }
    if (batch < 1 || accumulate < 1 || saveEvery < 1 || evaluateEvery < 0) {
      throw new IllegalArgumentException(
          "batch %d, accumulated batches %d and steps between checkpoints %d must be at least 1, between evaluations %d at least 0"
              .formatted(batch, accumulate, saveEvery, evaluateEvery));
    }
    if (!(rate > 0 && rate < 1e3) || !(clip > 0) || !(decay >= 0 && decay < 1e3)) {
      throw new IllegalArgumentException(
          "rate %s and clip %s must be above 0, decay %s not below".formatted(rate, clip, decay));
    }
    if (!(warmup >= 0 && warmup <= 1)) {
      throw new IllegalArgumentException(
          "the warm-up is a share of the steps, 0 to 1, got " + warmup);
    }
  }

  public FinetuneOptions epochs(double value) {
    return new FinetuneOptions(
        value, batch, accumulate, rate, warmup, decay, clip, seed, evaluateEvery, saveEvery);
  }

  /// Examples run at once, and how often that makes one step.
  public FinetuneOptions batch(int examples, int times) {
    return new FinetuneOptions(
        epochs, examples, times, rate, warmup, decay, clip, seed, evaluateEvery, saveEvery);
  }

  public FinetuneOptions rate(double value) {
    return new FinetuneOptions(
        epochs, batch, accumulate, value, warmup, decay, clip, seed, evaluateEvery, saveEvery);
  }

  public FinetuneOptions warmup(double share) {
    return new FinetuneOptions(
        epochs, batch, accumulate, rate, share, decay, clip, seed, evaluateEvery, saveEvery);
  }

  public FinetuneOptions seed(long value) {
    return new FinetuneOptions(
        epochs, batch, accumulate, rate, warmup, decay, clip, value, evaluateEvery, saveEvery);
  }

  /// Steps between evaluations, and between checkpoints.
  public FinetuneOptions every(int evaluation, int checkpoint) {
    return new FinetuneOptions(
        epochs, batch, accumulate, rate, warmup, decay, clip, seed, evaluation, checkpoint);
  }

  /// Examples a step.
  int stepSize() {
    return Math.multiplyExact(batch, accumulate);
  }
}
