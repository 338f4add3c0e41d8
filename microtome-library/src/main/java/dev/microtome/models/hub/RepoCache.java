package dev.microtome.models.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One repository in the cache: contents in `blobs`, named by their ETag; `snapshots/COMMIT` with
/// links to them; `refs` with the commit of each branch and tag; `.no_exist` with what is not
/// there.
final class RepoCache {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /// The lock of a file holds between processes only, not between threads of one.
  private static final ReentrantLock IN_THIS_PROCESS = new ReentrantLock();

  private final Path cache;
  private final RepoName repo;
  private final boolean symlinks;

  RepoCache(HubSettings settings, RepoName repo) {
    this.cache = settings.cache();
    this.repo = repo;
    this.symlinks = settings.symlinks();
  }

  private Path folder() {
    return cache.resolve(repo.folder());
  }

  static boolean isCommit(String revision) {
    return COMMIT.matcher(revision).matches();
  }

  Path snapshot(String commit) {
    return folder().resolve("snapshots").resolve(commit);
  }

  Path blob(String etag) {
    return folder().resolve("blobs").resolve(etag);
  }

  /// The commit a revision was the last time; null when it was never seen.
  @Nullable String commit(String revision) {
    if (isCommit(revision)) {
      return revision;
    }
    Path ref = folder().resolve("refs").resolve(FileName.checked(revision));
    try {
      String commit = Files.isRegularFile(ref) ? Files.readString(ref).strip() : "";
      return isCommit(commit) ? commit : null;
    } catch (IOException e) {
      throw disk("can't read " + ref, e);
    }
  }

  /// A file of a snapshot; null when it is not there.
  @Nullable Path find(String commit, String file) {
    Path found = snapshot(commit).resolve(file);
    return Files.isRegularFile(found) ? found : null;
  }

  boolean isKnownMissing(String commit, String file) {
    return Files.exists(folder().resolve(".no_exist").resolve(commit).resolve(file));
  }

  void rememberMissing(String commit, String file) {
    Path mark = folder().resolve(".no_exist").resolve(commit).resolve(file);
    try {
      Files.createDirectories(mark.getParent());
      Files.write(mark, new byte[0]);
    } catch (IOException e) {
      throw disk("can't write " + mark, e);
    }
  }

  void rememberRevision(String revision, String commit) {
    if (isCommit(revision) || commit.equals(commit(revision))) {
      return;
    }
    Path ref = folder().resolve("refs").resolve(FileName.checked(revision));
    try {
      Files.createDirectories(ref.getParent());
      Path temporary = ref.resolveSibling(ref.getFileName() + "." + UUID.randomUUID());
      Files.writeString(temporary, commit);
      move(temporary, ref);
    } catch (IOException e) {
      throw disk("can't write " + ref, e);
    }
  }

  static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// Runs `body` while no other process downloads the same content.
  void locked(String etag, Runnable body) {
    Path lock = cache.resolve(".locks").resolve(repo.folder()).resolve(etag + ".lock");
    IN_THIS_PROCESS.lock();
    try {
      Files.createDirectories(lock.getParent());
      Files.createDirectories(folder().resolve("blobs"));
      try (var channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var _ = channel.lock()) {
        body.run();
      }
    } catch (IOException e) {
      throw disk("can't lock " + lock, e);
    } finally {
      IN_THIS_PROCESS.unlock();
    }
  }

  /// Puts a blob into a snapshot, as a link where the file system has them, else as a copy.
  Path link(String commit, String file, String etag) {
    Path place = snapshot(commit).resolve(file);
    Path blob = blob(etag);
    try {
      Files.createDirectories(place.getParent());
      Files.deleteIfExists(place);
      if (!symlinks || !linked(place, blob)) {
        Files.move(blob, place, StandardCopyOption.REPLACE_EXISTING);
      }
      return place;
    } catch (IOException e) {
      throw disk("can't write " + place, e);
    }
  }

  private static Path snapshotFolder(Path place) {
    return Objects.requireNonNull(place.getParent());
  }

  private static boolean linked(Path place, Path blob) throws IOException {
    try {
      Files.createSymbolicLink(place, snapshotFolder(place).relativize(blob));
      return true;
    } catch (FileAlreadyExistsException _) {
      return true; // another process was faster
    } catch (UnsupportedOperationException | java.nio.file.FileSystemException _) {
      return false;
    }
  }

  static HubException disk(String what, IOException cause) {
    return new HubException(
        HubException.Kind.DISK,
        "%s (%s); free space or set HF_HOME to a folder that can be written"
            .formatted(what, cause.getMessage()),
        cause);
  }
}
