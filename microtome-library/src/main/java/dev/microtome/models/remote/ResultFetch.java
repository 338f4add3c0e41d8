package dev.microtome.models.remote;

import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Fetches a job's result into a temporary file, going on where a broken connection left off, and
/// checks it against the hash the server gave.
final class ResultFetch {
  private static final int TRIES = 6;

  private final Connection connection;
  private final String job;

  ResultFetch(Connection connection, String job) {
    this.connection = connection;
    this.job = job;
  }

  /// What each of the job's `traces` traces saved.
  List<Map<Integer, Object>> saved(int traces) {
    try {
      Path file = Files.createTempFile("microtome-result", ".safetensors");
      try {
        fetch(file);
        return ResultForm.read(Safetensors.open(file), traces);
      } finally {
        Files.deleteIfExists(file); // tensors keep what they have mapped
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the result of job " + job + " can't be kept", e);
    }
  }

  /// What a result that came with another answer holds.
  static List<Map<Integer, Object>> read(String job, byte[] bytes, String hash, int traces) {
    requireSame(job, hash, HexFormat.of().formatHex(sha256().digest(bytes)));
    return ResultForm.read(Safetensors.of("the result of job " + job, bytes), traces);
  }

  /// The SHA-256 a result has, as its answer tells.
  static String hash(HttpResponse<?> answer) {
    return answer.headers().firstValue("ETag").orElse("").replace("\"", "");
  }

  private static void requireSame(String job, String told, String found) {
    if (!told.equals(found)) {
      throw new RemoteException("broken_result", "the result of job " + job + " arrived damaged");
    }
  }

  private void fetch(Path file) throws IOException {
    String hash = "";
    for (int attempt = 1; hash.isEmpty(); attempt++) {
      try {
        hash = append(file);
      } catch (IOException broken) {
        if (attempt == TRIES) {
          throw connection.unreachable(broken);
        }
        Connection.sleep(Duration.ofMillis(50L << attempt));
      }
    }
    requireSame(job, hash, sha256(file));
  }

  /// Fetches what is missing; returns the hash the whole must have.
  private String append(Path file) throws IOException {
    long have = Files.size(file);
    var request = connection.request("/v1/jobs/" + job + "/result").GET();
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> answer =
        connection.once(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream in = answer.body()) {
      String hash = hash(answer);
      if (answer.statusCode() == 416) {
        return hash;
      }
      if (answer.statusCode() / 100 == 5) {
        throw new IOException("status " + answer.statusCode());
      }
      if (answer.statusCode() / 100 != 2) {
        throw Connection.refusal(Connection.parsed(in.readNBytes(1 << 16)), answer.statusCode());
      }
      boolean goesOn = answer.statusCode() == 206;
      var how = goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
      try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE, how)) {
        in.transferTo(out);
      }
      return hash;
    }
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest sha = sha256();
      byte[] chunk = new byte[1 << 16];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        sha.update(chunk, 0, count);
      }
      return HexFormat.of().formatHex(sha.digest());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
