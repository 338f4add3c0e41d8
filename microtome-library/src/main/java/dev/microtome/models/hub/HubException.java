package dev.microtome.models.hub;

/// A model that can't be had from the hub. The message says what to do.
public final class HubException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /// What went wrong.
  public enum Kind {
    /// The name is no repository's.
    NAME,
    /// The repository is there for those who accepted its terms.
    GATED,
    /// No such repository, or a private one.
    REPOSITORY_NOT_FOUND,
    /// No such branch, tag or commit.
    REVISION_NOT_FOUND,
    /// The repository lacks the file.
    FILE_NOT_FOUND,
    /// Offline by choice or by fate, and not in the cache.
    OFFLINE,
    /// What came is not what was announced.
    CHECKSUM,
    /// The cache can't be written.
    DISK,
    /// An answer the hub should not give.
    ANSWER
  }

  private final Kind kind;

  HubException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  HubException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
