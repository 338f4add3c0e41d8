package dev.microtome.server.job;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The hash that names payloads, results and keys.
public final class Sha256 {
  private Sha256() {}

  /// One of nothing yet.
  public static MessageDigest begin() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Its end, in hexadecimal digits.
  public static String end(MessageDigest sha) {
    return HexFormat.of().formatHex(sha.digest());
  }
}
