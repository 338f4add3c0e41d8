package dev.microtome.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/// Speaks HTTP by hand, as no client library would.
public final class Sockets {
  private Sockets() {}

  public static Socket open(int port) throws IOException {
    var socket = new Socket();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
    return socket;
  }

  /// Sends raw text and returns what comes back until the server closes or is silent for a while.
  public static String exchange(int port, byte[] request) throws IOException {
    try (Socket socket = open(port)) {
      socket.setSoTimeout(2_000);
      try {
        socket.getOutputStream().write(request);
        socket.getOutputStream().flush();
      } catch (IOException closed) {
        // the answer may be there already
      }
      return read(socket);
    }
  }

  public static String exchange(int port, String request) throws IOException {
    return exchange(port, request.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String read(Socket socket) throws IOException {
    var text = new StringBuilder();
    try {
      InputStream in = socket.getInputStream();
      byte[] chunk = new byte[8_192];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        text.append(new String(chunk, 0, count, StandardCharsets.ISO_8859_1));
        if (isComplete(text)) {
          break;
        }
      }
    } catch (SocketTimeoutException silent) {
      // what came is all there is
    } catch (IOException reset) {
      text.append("(reset)");
    }
    return text.toString();
  }

  private static boolean isComplete(StringBuilder text) {
    int head = text.indexOf("\r\n\r\n");
    int at = text.indexOf("Content-Length: ");
    if (head < 0 || at < 0 || at > head) {
      return false;
    }
    int length = Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)).trim());
    return text.length() >= head + 4 + length;
  }

  /// The status of an answer, or 0 when none came.
  public static int status(String answer) {
    return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
  }
}
