package dev.microtome.models.lstm;

/// The sizes of an [LstmModel].
///
/// @param tokens words in the vocabulary
/// @param width of an embedding
/// @param hidden width of a layer's state
/// @param layers LSTM layers
/// @param dropout share of activations dropped while training
/// @param tied whether the decoder uses the embeddings, which needs `width == hidden`
public record LstmConfig(
    long tokens, long width, long hidden, int layers, double dropout, boolean tied) {
  public LstmConfig {
    if (tokens < 1 || width < 1 || hidden < 1 || layers < 1) {
      throw new IllegalArgumentException(
          "all sizes of an LSTM model must be at least 1, got tokens %d, width %d, hidden %d, layers %d"
              .formatted(tokens, width, hidden, layers));
    }
    if (!(dropout >= 0 && dropout <= 1)) {
      throw new IllegalArgumentException("dropout must be within 0 and 1, got " + dropout);
    }
    if (tied && width != hidden) {
      throw new IllegalArgumentException(
          "a decoder tied to the embeddings needs width == hidden, got %d and %d"
              .formatted(width, hidden));
    }
  }

  /// Untied, with PyTorch's dropout of 0.5.
  public LstmConfig(long tokens, long width, long hidden, int layers) {
    this(tokens, width, hidden, layers, 0.5, false);
  }

  public LstmConfig withDropout(double share) {
    return new LstmConfig(tokens, width, hidden, layers, share, tied);
  }

  public LstmConfig withTiedDecoder() {
    return new LstmConfig(tokens, width, hidden, layers, dropout, true);
  }
}
