package dev.microtome.models.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// What an ETag of a hub is computed from its content with: large files are named by their SHA-256,
/// others as git names them, by the SHA-1 of `blob`, the length, a zero byte and the content.
enum Checksum {
  SHA_256("SHA-256", "SHA-256", 64),
  GIT_BLOB("SHA-1", "git hash", 40);

  private static final int BUFFER = 1 << 18;

  private final String algorithm;
  private final String label;
  private final int digits;

  Checksum(String algorithm, String label, int digits) {
    this.algorithm = algorithm;
    this.label = label;
    this.digits = digits;
  }

  /// How `etag` was computed, or null when it looks like neither.
  static @Nullable Checksum of(String etag) {
    for (Checksum one : values()) {
      if (etag.matches("[0-9a-f]{" + one.digits + "}")) {
        return one;
      }
    }
    return null;
  }

  /// What to call it in messages.
  String label() {
    return label;
  }

  /// The checksum of a file, as an ETag writes it.
  String of(Path file) throws IOException {
    MessageDigest digest = digest();
    if (this == GIT_BLOB) {
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    try (InputStream in = Files.newInputStream(file)) {
      var buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private MessageDigest digest() {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }
}
