package dev.microtome.server;

import dev.microtome.models.remote.Remote;
import dev.microtome.models.remote.RemoteProgress;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Scope;
import dev.microtome.server.work.Depot;
import dev.microtome.server.work.Executor;
import dev.microtome.server.worker.InProcessCosting;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// A server on a free port that hosts the shipped model, and a client of it.
public final class Hosting implements AutoCloseable {
  private final List<AutoCloseable> parts;
  private final String scheme;
  private final InProcessCosting costing;
  private final ModelServer server;
  private final Remote remote;

  public Hosting(Path folder, Executor executor) throws Exception {
    this(folder, executor, HttpSettings.loopback(0));
  }

  public Hosting(Path folder, Executor executor, HttpSettings settings) throws Exception {
    this.parts = List.of(executor);
    this.scheme = settings.keystore() == null ? "http" : "https";
    costing = costing();
    server = ModelServer.start(folder, settings, generous(), List.of(executor), costing);
    remote = Remote.at(address(), key("test")).progress(RemoteProgress.SILENT);
  }

  /// One whose worker is elsewhere: server and worker have nothing in common but the queue.
  public Hosting(Path folder, Executor executor, Depot servers, Depot workers) throws Exception {
    this.scheme = "http";
    this.parts = List.of(ModelWorkers.start(workers, List.of(executor)), executor);
    costing = costing();
    server =
        ModelServer.start(
            folder,
            HttpSettings.loopback(0),
            generous(),
            servers,
            List.of(executor.model()),
            List.of(),
            costing);
    remote = Remote.at(address(), key("test")).progress(RemoteProgress.SILENT);
  }

  private static InProcessCosting costing() {
    return new InProcessCosting(Map.of("facts", ShippedFolder.path()), Limits.defaults(), 1L << 30);
  }

  /// The defaults, with more jobs a minute: tests are quick.
  public static Limits generous() {
    Limits all = Limits.defaults();
    Limits.Queueing some = all.queueing();
    return new Limits(
        all.connections(),
        all.body(),
        all.graphs(),
        all.runs(),
        new Limits.Queueing(100_000, 16, 64, 256, some.logLines(), some.lineCharacters()),
        all.storage());
  }

  public String key(String name) {
    return server.keys().create(name, Set.of(Scope.SUBMIT, Scope.READ), null).text();
  }

  public URI address() {
    return URI.create(scheme + "://127.0.0.1:" + server.port());
  }

  public Remote remote() {
    return remote;
  }

  /// The client, telling `lines` what is logged.
  public Remote remote(Consumer<String> lines) {
    return remote.progress(
        new RemoteProgress() {
          @Override
          public void log(String line) {
            lines.accept(line);
          }
        });
  }

  public ModelServer server() {
    return server;
  }

  @Override
  public void close() {
    try {
      server.close();
      for (AutoCloseable part : parts) {
        part.close();
      }
    } catch (Exception broken) {
      throw new IllegalStateException("the server did not stop", broken);
    } finally {
      costing.close();
    }
  }
}
