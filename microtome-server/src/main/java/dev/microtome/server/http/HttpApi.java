package dev.microtome.server.http;

import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Keys;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.status.Counters;
import dev.microtome.server.status.Statistics;
import dev.microtome.server.work.Costing;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.Progress;
import dev.microtome.server.work.Worker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.jspecify.annotations.Nullable;

/// The server's HTTP side: strict HTTP/1.1, a list of routes, one virtual thread a request. Nothing
/// native is loaded here but SQLite.
public final class HttpApi implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final Duration FAREWELL = Duration.ofSeconds(2);
  private static final Duration SWEEP = Duration.ofMillis(500);
  private static final int MOST_THREADS = 4_096;
  private static final String LOOPBACK = "127.0.0.1";

  private final Limits limits;
  private final Server server;
  private final ServerConnector connector;
  private final ServerConnector admins;
  private final Connections connections;
  private final @Nullable Certificate certificate;
  private final Changes changes = new Changes();
  private final Counters counters = new Counters();
  private final Statistics statistics;
  private final JobQueue.Subscription subscription;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("deadlines").factory());
  private final List<Route> routes;
  private volatile boolean isDraining;

  /// What the API stands on.
  ///
  /// @param models what is hosted
  /// @param workers who works on it just now
  public record Parts(
      JobQueue queue,
      ResultStore results,
      Progress progress,
      Keys keys,
      List<HostedModel> models,
      Supplier<List<Worker>> workers,
      Costing costing) {}

  public HttpApi(HttpSettings settings, Limits limits, Parts parts, InstantSource time) {
    settings.requireSafe();
    this.limits = limits;
    this.statistics = new Statistics(parts.queue(), time);
    this.subscription = parts.queue().onChange(changes::tell);
    parts.progress().onChange(changes::goesOn);
    this.connections = new Connections(limits.connections());
    this.routes = routes(parts, time);
    this.certificate =
        settings.keystore() == null
            ? null
            : new Certificate(settings.keystore(), settings.keystorePassword());
    this.server = new Server(new VirtualThreadPool(MOST_THREADS));
    this.connector = connector(settings.host(), settings.port(), factories());
    this.admins =
        settings.isLoopback()
            ? connector
            : connector(LOOPBACK, settings.adminPort(), new HttpConnectionFactory(http()));
    admins.setName(Router.ADMINS);
    var gate = new Gate(settings, limits.connections());
    var door = new Door(parts.keys(), time);
    var router = new Router(routes, gate, door, new BodyReader(limits, clock), counters);
    server.setHandler(new GracefulHandler(router));
    server.setStopTimeout(FAREWELL.toMillis());
    server.setErrorHandler(new ErrorAnswers());
    sweep();
  }

  private List<Route> routes(Parts parts, InstantSource time) {
    var hosting = new Hosting(parts.models(), parts.workers());
    var jobs =
        new JobRoutes(
            parts.queue(),
            parts.results(),
            parts.progress(),
            new Reception(parts.queue(), hosting, parts.costing(), limits, time),
            changes);
    var about =
        new ServerRoutes(
            hosting, parts.queue(), statistics, counters, limits, this::gauges, () -> isDraining);
    var page = new PageRoutes(hosting, parts.queue(), statistics);
    var all = new ArrayList<Route>();
    all.addAll(jobs.routes());
    all.addAll(about.routes());
    all.addAll(page.routes());
    return all;
  }

  /// All there is to ask for, for tests that try each.
  List<Route> routes() {
    return routes;
  }

  private ServerConnector connector(String host, int port, ConnectionFactory... factories) {
    var made = new ServerConnector(server, 1, 1, factories);
    made.setHost(host);
    made.setPort(port);
    made.setIdleTimeout(IDLE.toMillis());
    made.addBean(connections);
    server.addConnector(made);
    return made;
  }

  private void sweep() {
    var _ =
        clock.scheduleAtFixedRate(
            connections::sweep, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    if (certificate != null) {
      var _ = clock.scheduleWithFixedDelay(certificate::look, 1, 1, TimeUnit.SECONDS);
    }
  }

  private HttpConfiguration http() {
    var http = new HttpConfiguration();
    http.setRequestHeaderSize(limits.connections().headerBytes());
    http.setHeaderCacheSize(0); // a connection would keep the key it came with
    http.setSendServerVersion(false);
    http.setSendDateHeader(true);
    http.setHttpCompliance(HttpCompliance.RFC9110);
    http.setUriCompliance(UriCompliance.RFC3986);
    return http;
  }

  private ConnectionFactory[] factories() {
    HttpConfiguration http = http();
    if (certificate == null) {
      return new ConnectionFactory[] {new HttpConnectionFactory(http)};
    }
    http.addCustomizer(new SecureRequestCustomizer());
    return new ConnectionFactory[] {
      new SslConnectionFactory(certificate.tls(), "http/1.1"), new HttpConnectionFactory(http)
    };
  }

  private Map<String, Long> gauges() {
    var gauges = new LinkedHashMap<String, Long>();
    gauges.put("connections", (long) connections.size());
    gauges.put("watches", (long) changes.size());
    var runtime = Runtime.getRuntime();
    gauges.put("heap_bytes", runtime.totalMemory() - runtime.freeMemory());
    return gauges;
  }

  public void start() throws Exception {
    server.start();
  }

  /// The port that is listened at.
  public int port() {
    return connector.getLocalPort();
  }

  /// The port administrators ask at: the same on a server that only this machine reaches.
  public int adminPort() {
    return admins.getLocalPort();
  }

  /// Says "not ready" from now on.
  public void drain() {
    isDraining = true;
  }

  @Override
  public void close() {
    try {
      server.stop(); // what is asked is answered first
    } catch (TimeoutException holdingOn) {
      // a client held on to its connection past the farewell; it has been cut off by now
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP server did not stop", e);
    } finally {
      subscription.close();
      statistics.close();
      clock.shutdownNow();
    }
    server.destroy();
  }
}
