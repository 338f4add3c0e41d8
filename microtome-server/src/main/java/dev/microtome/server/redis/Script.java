package dev.microtome.server.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// What is done inside Redis, at once or not at all: each is a Lua file beside this class, begun by
/// `common.lua`. All of them may be asked twice, so an answer that was lost does no harm.
enum Script {
  SUBMIT(true),
  EARLIER(false),
  CLAIM(false),
  RENEW(false),
  END(false),
  FREE(false),
  LOG(false),
  SWEEP(false),
  FIND(false),
  LIST(false),
  COUNTS(false),
  KEEP(false),
  WORKERS(false);

  /// Where Redis' memory is full, what lets it empty again is done all the same.
  private static final String WHEN_FULL = "#!lua flags=allow-oom\n";

  private final String text;
  private final String digest;

  /// @param fills whether it brings much that is new
  Script(boolean fills) {
    this.text =
        (fills ? "#!lua\n" : WHEN_FULL) + read("common") + read(name().toLowerCase(Locale.ROOT));
    this.digest = sha1(text);
  }

  String text() {
    return text;
  }

  /// What Redis calls it.
  String digest() {
    return digest;
  }

  private static String read(String name) {
    try (var file = Script.class.getResourceAsStream(name + ".lua")) {
      if (file == null) {
        throw new IllegalStateException(name + ".lua is missing beside " + Script.class);
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      byte[] sha = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
