package dev.microtome.server.job;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// The submitted bytes of a job: its JSON (see docs/protocol.md) and its tensors as one safetensors
/// file, empty when it brings none. The arrays are not copied; nobody writes to them.
public final class Payload {
  private final byte[] json;
  private final byte[] tensors;
  private @Nullable String digest;

  public Payload(byte[] json, byte[] tensors) {
    this.json = json;
    this.tensors = tensors;
  }

  public byte[] json() {
    return json;
  }

  public byte[] tensors() {
    return tensors;
  }

  public String jsonText() {
    return new String(json, StandardCharsets.UTF_8);
  }

  /// SHA-256 over both parts and where the first ends.
  public String digest() {
    String known = digest; // two threads would find the same
    if (known == null) {
      known = hash();
      digest = known;
    }
    return known;
  }

  private String hash() {
    MessageDigest sha = Sha256.begin();
    sha.update((json.length + ":").getBytes(StandardCharsets.US_ASCII));
    sha.update(json);
    sha.update(tensors);
    return Sha256.end(sha);
  }
}
