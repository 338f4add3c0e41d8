package dev.microtome.models.hub;

import dev.microtome.models.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Finds model folders by name: on this machine, in the cache shared with the Python libraries, or
/// on a Hugging Face hub.
///
/// ```java
/// Path folder = Hub.standard().folder("openai-community/gpt2");
/// ```
///
/// Read from the environment: `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`,
/// `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT` and their older names. The token goes to the hub's
/// host only, and into no message. Contents are checked against the size and the checksum the hub
/// announces; a download that broke off goes on where it ended. Safe for threads and several
/// processes.
public final class Hub {
  private static final String MAIN = "main";

  private final HubSettings settings;
  private final HubProgress progress;
  private @Nullable HubRequests requests;

  private Hub(HubSettings settings, HubProgress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /// The hub of the environment.
  public static Hub standard() {
    return of(HubSettings.of(System.getenv()));
  }

  public static Hub of(HubSettings settings) {
    return new Hub(settings, HubProgress.SILENT);
  }

  /// The same hub, with downloads reported.
  public Hub progress(HubProgress progress) {
    return new Hub(settings, progress);
  }

  /// A model's folder.
  ///
  /// @param folderOrRepo a folder on this machine, which wins; else a repository's name, such as
  ///   `openai-community/gpt2`, taken from the cache without asking when it is there in full
  /// @throws HubException when it can't be had
  public Path folder(String folderOrRepo) {
    return folder(folderOrRepo, MAIN);
  }

  /// A model's folder as of a branch, tag or commit.
  public Path folder(String folderOrRepo, String revision) {
    Path local = local(folderOrRepo);
    if (local != null) {
      return local;
    }
    var repo = new RepoName(folderOrRepo);
    var cache = new RepoCache(settings, repo);
    String commit = cache.commit(revision);
    boolean runs = commit != null && ModelFiles.runs(cache.snapshot(commit));
    if (commit != null && runs && (settings.offline() || ModelFiles.settled(cache, commit))) {
      return cache.snapshot(commit);
    }
    if (settings.offline()) {
      throw offline(repo, "");
    }
    try {
      return download(repo, cache, revision);
    } catch (IOException e) {
      if (commit != null && runs) {
        return cache.snapshot(commit);
      }
      throw unreachable(repo, e);
    }
  }

  /// Downloads what is new of a model, whether or not the cache has it.
  ///
  /// @return the folder
  public Path update(String repo, String revision) {
    var name = new RepoName(repo);
    if (settings.offline()) {
      throw offline(name, "");
    }
    try {
      return download(name, new RepoCache(settings, name), revision);
    } catch (IOException e) {
      throw unreachable(name, e);
    }
  }

  private static @Nullable Path local(String text) {
    try {
      Path path = Path.of(text);
      return !text.isEmpty() && Files.isDirectory(path) ? path : null;
    } catch (InvalidPathException _) {
      return null;
    }
  }

  private Path download(RepoName repo, RepoCache cache, String revision) throws IOException {
    var listing = ModelFiles.listing(requests().info(repo, revision), repo);
    String commit = listing.commit();
    for (String file : ModelFiles.needed(listing.files(), repo)) {
      file(repo, cache, commit, file);
    }
    for (String file : ModelFiles.optional()) {
      if (!listing.files().contains(file)) {
        cache.rememberMissing(commit, file);
      }
    }
    cache.rememberRevision(revision, commit);
    return cache.snapshot(commit);
  }

  /// One file of a repository. The hub is asked whether it has a newer one, unless `revision` is a
  /// commit whose file is in the cache; when it can't be reached, the cached file is taken.
  ///
  /// @throws HubException when it can't be had
  public Path file(String repo, String revision, String file) {
    var name = new RepoName(repo);
    return file(name, new RepoCache(settings, name), revision, FileName.checked(file));
  }

  private Path file(RepoName repo, RepoCache cache, String revision, String file) {
    String commit = cache.commit(revision);
    Path cached = commit == null ? null : cache.find(commit, file);
    if (cached != null && (settings.offline() || RepoCache.isCommit(revision))) {
      return cached;
    }
    if (commit != null && RepoCache.isCommit(revision) && cache.isKnownMissing(commit, file)) {
      throw new MissingFile(repo, revision, file, commit).exception();
    }
    if (settings.offline()) {
      throw offline(repo, file + " of ");
    }
    try {
      return fetched(repo, cache, revision, file);
    } catch (MissingFile missing) {
      if (missing.commit != null) {
        cache.rememberMissing(missing.commit, file);
      }
      throw missing.exception();
    } catch (IOException e) {
      if (cached != null) {
        return cached;
      }
      throw unreachable(repo, e);
    }
  }

  private Path fetched(RepoName repo, RepoCache cache, String revision, String file)
      throws IOException {
    HubRequests hub = requests();
    Remote remote = hub.head(repo, revision, file);
    cache.rememberRevision(revision, remote.commit());
    Path there = cache.find(remote.commit(), file);
    if (there != null) {
      return there;
    }
    cache.locked(
        remote.etag(),
        () -> {
          Path blob = cache.blob(remote.etag());
          if (!Files.isRegularFile(blob)) {
            new Download(hub, settings, file, remote, progress).into(blob);
          }
          cache.link(remote.commit(), file, remote.etag());
        });
    return cache.snapshot(remote.commit()).resolve(file);
  }

  private synchronized HubRequests requests() {
    if (requests == null) {
      requests = new HubRequests(settings);
    }
    return requests;
  }

  private HubException offline(RepoName repo, String what) {
    return new HubException(
        Kind.OFFLINE,
        "%s%s is not in the cache %s, and HF_HUB_OFFLINE forbids to ask; unset it, or copy a folder and give its path"
            .formatted(what, repo.text(), settings.cache()));
  }

  private HubException unreachable(RepoName repo, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new HubException(
        Kind.OFFLINE,
        "can't reach %s for %s, which is not in the cache %s (%s); check the connection or HF_ENDPOINT, or give a folder's path"
            .formatted(settings.endpoint(), repo.text(), settings.cache(), reason),
        e);
  }
}
