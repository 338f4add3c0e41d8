package dev.microtome.server.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/// A line to a Redis that can be cut the hard way: nothing goes through any more, and no end is
/// told. What was connected stays silent for ever, as behind a router that was started again.
final class SilentLine implements AutoCloseable {
  private final RedisAddress redis;
  private final ServerSocket door;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile AtomicBoolean isCut = new AtomicBoolean();

  SilentLine(RedisAddress redis) throws IOException {
    this.redis = redis;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /// Where its near end is.
  RedisAddress address() {
    String near = "redis://127.0.0.1:%d/%d".formatted(door.getLocalPort(), redis.database());
    return RedisAddress.of(near, null, null);
  }

  private void accept() {
    try {
      while (true) {
        Socket near = door.accept();
        Socket far = new Socket(redis.host(), redis.port());
        sockets.addAll(List.of(near, far));
        AtomicBoolean silent = isCut;
        Thread.ofVirtual().start(() -> pass(near, far, silent));
        Thread.ofVirtual().start(() -> pass(far, near, silent));
      }
    } catch (IOException closed) {
      // nobody calls any more
    }
  }

  private static void pass(Socket from, Socket to, AtomicBoolean silent) {
    byte[] bytes = new byte[8_192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        if (!silent.get()) {
          out.write(bytes, 0, count);
        }
      }
    } catch (IOException closed) {
      // and so is the other end
    }
  }

  void cut() {
    isCut.set(true);
  }

  /// Lets new connections through.
  void mend() {
    isCut = new AtomicBoolean();
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
