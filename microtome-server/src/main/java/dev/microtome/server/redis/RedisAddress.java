package dev.microtome.server.redis;

import io.lettuce.core.RedisURI;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Where a Redis is, and who asks. What it prints never shows the password.
///
/// @param isSecret whether TLS is spoken
/// @param database which of its databases
public record RedisAddress(
    String host,
    int port,
    int database,
    boolean isSecret,
    @Nullable String user,
    @Nullable String password) {
  private static final int PORT = 6379;

  /// Reads `redis://host:port/database`, or `rediss://` for TLS.
  ///
  /// @param user whose password it is; null for Redis' default user
  /// @param password null when Redis asks for none
  /// @throws IllegalArgumentException when it is of another form, or brings a password itself:
  ///   addresses are shown in lists of processes
  public static RedisAddress of(String text, @Nullable String user, @Nullable String password) {
    URI uri = uri(text);
    boolean isSecret = "rediss".equals(uri.getScheme());
    if (uri.getHost() == null || !(isSecret || "redis".equals(uri.getScheme()))) {
      throw new IllegalArgumentException("a queue's address is redis://host:port/database");
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "a queue's address has no password in it; use MICROTOME_QUEUE_PASSWORD");
    }
    String path = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
    if (!path.matches("\\d{0,4}")) {
      throw new IllegalArgumentException("a queue's database is a number, not '" + path + "'");
    }
    return new RedisAddress(
        uri.getHost(),
        uri.getPort() < 0 ? PORT : uri.getPort(),
        path.isEmpty() ? 0 : Integer.parseInt(path),
        isSecret,
        user,
        password);
  }

  private static URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException broken) {
      throw new IllegalArgumentException("a queue's address is redis://host:port/database");
    }
  }

  /// Whether only this machine can be there.
  boolean isLoopback() {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  RedisURI uri() {
    RedisURI.Builder uri =
        RedisURI.builder().withHost(host).withPort(port).withDatabase(database).withSsl(isSecret);
    if (password != null && user != null) {
      uri.withAuthentication(user, password.toCharArray());
    } else if (password != null) {
      uri.withPassword(password.toCharArray());
    }
    return uri.build();
  }

  @Override
  public String toString() {
    return "%s://%s:%d/%d".formatted(isSecret ? "rediss" : "redis", host, port, database);
  }
}
