package dev.microtome.server.queue;

import dev.microtome.server.job.DiskFull;
import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.StoredResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Results in a folder, one below it for each owner. Drafts of an earlier process are removed.
public final class FileResults implements ResultStore {
  private static final String ENDING = ".safetensors";
  private static final String DRAFTS = "drafts";

  private final Path root;
  private final Limits.Storage limits;
  private final Map<JobId, Kept> kept = new ConcurrentHashMap<>();
  private final Map<String, Long> taken = new ConcurrentHashMap<>();

  private record Kept(Path file, String owner, long bytes) {}

  private FileResults(Path root, Limits.Storage limits) {
    this.root = root;
    this.limits = limits;
  }

  public static FileResults open(Path root, Limits.Storage limits) throws IOException {
    var results = new FileResults(root, limits);
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
  public StoredResult keep(Claim claim, Path written) throws IOException {
    JobId job = claim.job().id();
    String owner = claim.job().owner();
    try {
      long bytes = Files.size(written);
      requireRoom(owner, bytes);
      String sha256 = sync(written);
      Path folder = Files.createDirectories(root.resolve(owner));
      Path file = folder.resolve(job.text() + ENDING);
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(folder);
      put(job, new Kept(file, owner, bytes));
      return new StoredResult(sha256, bytes);
    } catch (IOException e) {
      if (DiskFull.isWhy(e)) {
        throw new RefusedException(DiskFull.failure(), 0);
      }
      throw e;
    } finally {
      Files.deleteIfExists(written);
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

  /// Brings a file to disk; returns its SHA-256.
  private static String sync(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.force(true);
      var sha = MessageDigest.getInstance("SHA-256");
      var buffer = ByteBuffer.allocate(1 << 16);
      while (channel.read(buffer) >= 0) {
        sha.update(buffer.flip());
        buffer.clear();
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void syncFolder(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public @Nullable FileChannel open(JobId job) throws IOException {
    Kept found = kept.get(job);
    try {
      return found == null ? null : FileChannel.open(found.file(), StandardOpenOption.READ);
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  @Override
  public void remove(JobId job) throws IOException {
    Kept found = kept.remove(job);
    if (found != null) {
      taken.merge(found.owner(), -found.bytes(), Long::sum);
      Files.deleteIfExists(found.file());
    }
  }
}
