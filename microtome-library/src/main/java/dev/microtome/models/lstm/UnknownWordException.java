package dev.microtome.models.lstm;

/// A text has a word that the vocabulary does not have, and the vocabulary has no `<unk>`.
public final class UnknownWordException extends IllegalArgumentException {
  private final String word;

  UnknownWordException(String word) {
    super(
        "the vocabulary has neither '%s' nor <unk>; add <unk> to the training text or leave the word"
            .formatted(word));
    this.word = word;
  }

  /// The word.
  public String word() {
    return word;
  }
}
