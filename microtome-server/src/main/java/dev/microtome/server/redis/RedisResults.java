package dev.microtome.server.redis;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.Sha256;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.queue.StoredBytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Results in Redis beside the jobs, so that whoever ran a job and whoever is asked for its result
/// need nothing else in common. A result comes in pieces under a name of its own and gets the job's
/// name when it is whole. Redis keeps it in memory: there is less room than on a disk.
final class RedisResults implements ResultStore {
  private static final int PIECE = 1 << 20;
  private static final Duration DRAFT = Duration.ofMinutes(10);

  private final RedisLink link;
  private final Path drafts;
  private final Limits.Storage limits;
  private final String instance;

  /// @param drafts a folder for what is being written
  /// @param instance tells the workers of this process from others of the same name
  RedisResults(RedisLink link, Path drafts, Limits.Storage limits, String instance)
      throws IOException {
    this.link = link;
    this.instance = instance;
    this.drafts = Files.createDirectories(drafts);
    this.limits = limits;
    try (Stream<Path> left = Files.list(drafts)) {
      for (Path file : left.toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public Path draft() {
    return drafts.resolve(UUID.randomUUID() + ".safetensors");
  }

  @Override
  public @Nullable StoredResult keep(Claim claim, Draft written) throws IOException {
    try {
      String draft = UUID.randomUUID().toString();
      long bytes = written.size();
      String sha256 = send(written, "microtome:draft:" + draft);
      String answer =
          link.word(
              RedisLink.LONG,
              Script.KEEP,
              "",
              claim.job().id(),
              instance + "/" + claim.worker(),
              claim.attempt(),
              claim.job().owner(),
              draft,
              bytes,
              limits.bytesPerKey(),
              limits.bytes());
      return switch (answer) {
        case "kept" -> new StoredResult(sha256, bytes);
        case "late" -> null;
        case "lost" -> throw new IOException("the pieces of a result were gone");
        default ->
            throw new RefusedException(
                ErrorCode.STORAGE_FULL,
                answer.equals("share")
                    ? "results of this key would take more than %d bytes"
                        .formatted(limits.bytesPerKey())
                    : "the server keeps no more results now");
      };
    } finally {
      written.discard();
    }
  }

  /// Sends it in pieces; each may be sent twice.
  private String send(Draft written, String key) throws IOException {
    MessageDigest sha = Sha256.begin();
    try (InputStream in = written.open()) {
      long at = 0;
      for (byte[] piece = in.readNBytes(PIECE);
          piece.length > 0 || at == 0;
          piece = in.readNBytes(PIECE)) {
        sha.update(piece);
        long from = at;
        byte[] bytes = piece;
        link.call(
            RedisLink.LONG,
            redis ->
                redis
                    .setrange(key, from, bytes)
                    .thenCompose(_ -> redis.pexpire(key, DRAFT.toMillis())));
        at += piece.length;
        if (piece.length < PIECE) {
          break;
        }
      }
    }
    return Sha256.end(sha);
  }

  @Override
  public @Nullable StoredBytes open(JobId job) {
    var result = new RedisBytes(link, "microtome:result:" + job);
    return result.isThere() ? result : null;
  }

  /// Nothing is left to do: who forgets a job forgets its result with it.
  @Override
  public void remove(JobId job) {}
}
