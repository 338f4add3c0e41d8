package dev.microtome.server.http;

import dev.microtome.server.job.Limits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;

/// Counts connections, by address too, and closes those that take too long to say what they want.
/// Idle timeouts alone do not: a byte a second keeps a connection alive for ever.
final class Connections implements Connection.Listener {
  private final Limits.Connections limits;
  private final Map<Connection, Patience> open = new ConcurrentHashMap<>();
  private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();

  /// How long a connection has been sending a head that is not complete.
  private static final class Patience {
    private final String address;
    private long bytes;
    private long messages;
    private long since = System.nanoTime();

    Patience(String address) {
      this.address = address;
    }
  }

  Connections(Limits.Connections limits) {
    this.limits = limits;
  }

  int size() {
    return open.size();
  }

  @Override
  public void onOpened(Connection connection) {
    if (!(connection instanceof ConnectionMetaData)) {
      return; // the TLS layer below the one that counts
    }
    String address = address(connection);
    open.put(connection, new Patience(address));
    int here = byAddress.merge(address, 1, Integer::sum);
    if (here > limits.perAddress() || open.size() > limits.total()) {
      connection.getEndPoint().close();
    }
  }

  @Override
  public void onClosed(Connection connection) {
    Patience patience = open.remove(connection);
    if (patience != null) {
      byAddress.computeIfPresent(patience.address, (_, count) -> count > 1 ? count - 1 : null);
    }
  }

  private static String address(Connection connection) {
    return connection.getEndPoint().getRemoteSocketAddress() instanceof InetSocketAddress remote
        ? remote.getAddress().getHostAddress()
        : "local";
  }

  /// To be called twice a second.
  void sweep() {
    long now = System.nanoTime();
    open.forEach((connection, patience) -> look(connection, patience, now));
  }

  private void look(Connection connection, Patience patience, long now) {
    boolean busy =
        connection instanceof ConnectionMetaData meta && meta.getAttribute(Router.BUSY) != null;
    long messages = connection.getMessagesIn();
    long bytes = connection.getBytesIn();
    if (busy || messages != patience.messages || (messages > 0 && bytes == patience.bytes)) {
      patience.messages = messages; // at work, or kept alive in silence
      patience.bytes = bytes;
      patience.since = now;
    } else if (Duration.ofNanos(now - patience.since).compareTo(limits.headerTime()) > 0) {
      connection.getEndPoint().close();
    }
  }
}
