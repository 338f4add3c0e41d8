package dev.microtome.models.tokenizer;

/// A `tokenizer.json` that cannot be used: unreadable, contradicting itself, or asking for a part
/// Microtome does not have. The message names the file, the field, the reason and the remedy.
public final class TokenizerFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String field;

  TokenizerFormatException(String file, String field, String reason, String remedy) {
    super(file + ": " + (field.isEmpty() ? "" : field + ": ") + reason + "; " + remedy);
    this.file = file;
    this.field = field;
  }

  /// The file as it was given to [Tokenizer#read].
  public String file() {
    return file;
  }

  /// The place inside the file, such as `model.merges[17]`; empty when it is the file as a whole.
  public String field() {
    return field;
  }
}
