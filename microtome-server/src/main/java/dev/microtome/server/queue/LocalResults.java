package dev.microtome.server.queue;

import dev.microtome.server.job.DiskFull;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.Sha256;
import dev.microtome.server.job.StoredResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Results on this machine: short ones beside their jobs in the database, others in a folder, with
/// one below it for each owner. Drafts of an earlier process are removed.
public final class LocalResults implements ResultStore {
  private static final String ENDING = ".safetensors";
  private static final String DRAFTS = "drafts";

  private final Path root;
  private final ResultTable table;
  private final Limits.Storage limits;
  private final Map<JobId, Kept> kept = new ConcurrentHashMap<>();
  private final Map<String, Long> taken = new ConcurrentHashMap<>();

  /// @param file none when it is a row
  private record Kept(@Nullable Path file, String owner, long bytes) {}

  private LocalResults(Path root, Database database, Limits.Storage limits) {
    this.root = root;
    this.table = new ResultTable(database);
    this.limits = limits;
  }

  /// Opens or makes both.
  ///
  /// @param database the one the jobs are in
  public static LocalResults open(Path root, Database database, Limits.Storage limits)
      throws IOException {
    var results = new LocalResults(root, database, limits);
    Path drafts = root.resolve(DRAFTS);
    Files.createDirectories(drafts);
    for (Path left : children(drafts)) {
      Files.deleteIfExists(left);
    }
    for (Path owner : children(root)) {
      if (Files.isDirectory(owner) && !owner.equals(drafts)) {
        results.index(owner);
      }
    }
    results.table.each((job, owner, bytes) -> results.put(job, new Kept(null, owner, bytes)));
    return results;
  }

  private void index(Path owner) throws IOException {
    for (Path file : children(owner)) {
      String name = file.getFileName().toString();
      String id = name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : "";
      if (JobId.isOne(id)) {
        put(new JobId(id), new Kept(file, owner.getFileName().toString(), Files.size(file)));
      }
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    }
  }

  @Override
  public Path draft() {
    return root.resolve(DRAFTS).resolve(UUID.randomUUID() + ENDING);
  }

  @Override
  public StoredResult keep(Claim claim, Draft draft) throws IOException {
    JobId job = claim.job().id();
    String owner = claim.job().owner();
    try {
      long bytes = draft.size();
      requireRoom(owner, bytes);
      String sha256 = sha256(draft);
      Path file =
          switch (draft) {
            case Draft.InMemory(byte[] content) -> {
              table.put(job, owner, content);
              yield null;
            }
            case Draft.InFile(Path written) -> move(written, job, owner);
          };
      put(job, new Kept(file, owner, bytes));
      return new StoredResult(sha256, bytes);
    } catch (IOException | StoreException e) {
      if (DiskFull.isWhy(e)) {
        throw new RefusedException(DiskFull.failure(), 0);
      }
      throw e;
    } finally {
      draft.discard();
    }
  }

  private static String sha256(Draft draft) throws IOException {
    MessageDigest sha = Sha256.begin();
    try (InputStream in = draft.open()) {
      byte[] chunk = new byte[1 << 16];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        sha.update(chunk, 0, count);
      }
    }
    return Sha256.end(sha);
  }

  private Path move(Path written, JobId job, String owner) throws IOException {
    sync(written, StandardOpenOption.WRITE);
    Path folder = Files.createDirectories(root.resolve(owner));
    Path file = folder.resolve(job.text() + ENDING);
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    sync(folder, StandardOpenOption.READ);
    return file;
  }

  private static void sync(Path path, StandardOpenOption how) throws IOException {
    try (var channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }

  private void put(JobId job, Kept next) {
    Kept before = kept.put(job, next);
    taken.merge(next.owner(), next.bytes() - (before == null ? 0 : before.bytes()), Long::sum);
  }

  private void requireRoom(String owner, long bytes) {
    long own = taken.getOrDefault(owner, 0L);
    if (own + bytes > limits.bytesPerKey()) {
      throw new RefusedException(
          ErrorCode.STORAGE_FULL,
          "results of this key would take %d bytes, at most %d are kept"
              .formatted(own + bytes, limits.bytesPerKey()));
    }
    if (bytes() + bytes > limits.bytes()) {
      throw new RefusedException(ErrorCode.STORAGE_FULL, "the server keeps no more results now");
    }
  }

  /// Bytes of all results.
  public long bytes() {
    return taken.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public @Nullable StoredBytes open(JobId job) throws IOException {
    Kept found = kept.get(job);
    if (found == null) {
      return null;
    }
    Path file = found.file();
    if (file == null) {
      byte[] content = table.find(job);
      return content == null ? null : StoredBytes.of(content);
    }
    try {
      return StoredBytes.of(FileChannel.open(file, StandardOpenOption.READ));
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  @Override
  public void remove(JobId job) throws IOException {
    Kept found = kept.remove(job);
    if (found == null) {
      return;
    }
    taken.merge(found.owner(), -found.bytes(), Long::sum);
    Path file = found.file();
    if (file == null) {
      table.remove(job);
    } else {
      Files.deleteIfExists(file);
    }
  }
}
