package dev.microtome.server.http;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where a server listens.
///
/// @param adminPort where administrators ask, on this machine's loopback, when `host` is reached
///   from other machines; 0 takes a free one
/// @param hosts names clients may call it by, beside those of this machine's loopback
/// @param keystore a PKCS#12 file with the certificate, or null for plain HTTP
/// @param keystorePassword what opens it
/// @param isInsecureAllowed whether to listen beyond loopback without TLS, where somebody else, a
///   proxy, does it
public record HttpSettings(
    String host,
    int port,
    int adminPort,
    Set<String> hosts,
    @Nullable Path keystore,
    String keystorePassword,
    boolean isInsecureAllowed) {

  /// On this machine's loopback; port 0 takes a free one.
  public static HttpSettings loopback(int port) {
    return new HttpSettings("127.0.0.1", port, port, Set.of(), null, "", false);
  }

  boolean isLoopback() {
    return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
  }

  /// Refuses to be open to others without protection.
  ///
  /// @throws IllegalArgumentException telling what to do about it
  public void requireSafe() {
    if (!isLoopback() && keystore == null && !isInsecureAllowed) {
      throw new IllegalArgumentException(
          "%s is reached from other machines: give a certificate (--tls), or --insecure-bind when "
                  .formatted(host)
              + "something in front of this server does TLS");
    }
  }

  /// Whether a client may call the server by this name.
  boolean knows(String name) {
    return Set.of("localhost", "127.0.0.1", "[::1]", "::1").contains(name)
        || name.equals(host)
        || hosts.contains(name);
  }
}
