package dev.microtome.bench.soak;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// HTTP written by hand, as no client library would write it.
final class RawHttp {
  private static final int CONNECT_MILLIS = 5_000;

  private RawHttp() {}

  static Socket open(int port) throws IOException {
    var socket = new Socket();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
    return socket;
  }

  static byte[] post(String key, String name, String json) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    return ("POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
            + "Content-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s")
        .formatted(key, name, body.length, json)
        .getBytes(StandardCharsets.UTF_8);
  }

  /// The status of the answer that comes within the socket's timeout, or 0.
  static int status(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] line = in.readNBytes(12);
    String text = new String(line, StandardCharsets.ISO_8859_1);
    return text.matches("HTTP/1\\.1 \\d{3}") ? Integer.parseInt(text.substring(9)) : 0;
  }
}
