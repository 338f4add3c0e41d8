package dev.microtome.models.tokenizer;

/// What turns one word of a text into tokens.
sealed interface TokenModel permits Bpe, WordLevel {
  /// Appends the tokens of `word`, which is not empty.
  void encode(AlignedText word, TokenRun out);
}
