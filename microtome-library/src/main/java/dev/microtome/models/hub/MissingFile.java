package dev.microtome.models.hub;

import org.jspecify.annotations.Nullable;

/// The hub knows the repository and the revision, and has no such file.
final class MissingFile extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// The revision's commit, when the hub says it.
  final transient @Nullable String commit;

  MissingFile(RepoName repo, String revision, String file, @Nullable String commit) {
    super("%s has no file %s at revision %s".formatted(repo.text(), file, revision));
    this.commit = commit;
  }

  HubException exception() {
    return new HubException(
        HubException.Kind.FILE_NOT_FOUND, getMessage() + "; look at the files it has");
  }
}
