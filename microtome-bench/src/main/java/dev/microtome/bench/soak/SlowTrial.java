package dev.microtome.bench.soak;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/// Many connections that send a byte a second, heads and bodies, while good clients work.
final class SlowTrial implements Trial {
  private static final double LONGEST_SECONDS = 6;

  @Override
  public String promise() {
    return "L5";
  }

  @Override
  public String about() {
    return "dripping connections are closed, good clients hardly notice";
  }

  @Override
  public boolean isAlone() {
    return true;
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int bad = length.of(200, 500);
    try (var server = new ServerProcess();
        var threads = Executors.newFixedThreadPool(Good.CLIENTS)) {
      double _ = Good.p99(server, threads, 1_000); // warm
      double base = Good.p99(server, threads, 4_000);
      List<Socket> slow = new ArrayList<>();
      for (int i = 0; i < bad; i++) {
        slow.add(begin(server, i));
      }
      Future<Double> longest = drip(slow);
      double meanwhile = Good.p99(server, threads, 5_500);
      double closed = longest.get();
      return new Outcome(
          closed <= LONGEST_SECONDS && meanwhile < 2 * base,
          "%d connections, the last closed after %.1f s; p99 of %d clients %.1f ms, before %.1f ms"
              .formatted(bad, closed, Good.CLIENTS, meanwhile, base));
    }
  }

  private static Socket begin(ServerProcess server, int number) throws IOException {
    Socket socket = RawHttp.open(server.port());
    socket.setSoTimeout(1);
    String start =
        number % 2 == 0
            ? "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
            : "POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                + server.key
                + "\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n";
    socket.getOutputStream().write(start.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /// Sends a byte a second on each; tells after how many seconds the last was closed.
  private static Future<Double> drip(List<Socket> slow) {
    long began = System.nanoTime();
    var closed =
        new FutureTask<>(() -> {
          long last = began;
          var open = new ArrayList<>(slow);
          for (int tick = 0; !open.isEmpty() && tick < 100; tick++) {
            boolean send = tick % 10 == 0;
            if (open.removeIf(socket -> isClosed(socket, send))) {
              last = System.nanoTime();
            }
            Thread.sleep(100);
          }
          return open.isEmpty() ? (last - began) / 1e9 : Double.POSITIVE_INFINITY;
        });
    Thread.ofPlatform().start(closed);
    return closed;
  }

  private static boolean isClosed(Socket socket, boolean send) {
    try {
      if (send) {
        socket.getOutputStream().write('a');
      }
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException closed) {
      return true;
    }
  }
}
