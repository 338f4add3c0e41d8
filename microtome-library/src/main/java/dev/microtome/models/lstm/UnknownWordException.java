package dev.microtome.models.lstm;

import java.nio.file.Path;

/// A text has a word that the vocabulary does not have, and the vocabulary has no `<unk>`.
public final class UnknownWordException extends IllegalArgumentException {
  private final String word;

  UnknownWordException(String word) {
    super(
        "the vocabulary has neither '%s' nor <unk>; add <unk> to the training text or leave the word"
            .formatted(word));
    this.word = word;
  }

  UnknownWordException(Path file, int line, UnknownWordException found) {
    super("%s line %d: %s".formatted(file, line, found.getMessage()), found);
    this.word = found.word;
  }

  /// The word.
  public String word() {
    return word;
  }
}
