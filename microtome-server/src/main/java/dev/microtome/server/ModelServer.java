package dev.microtome.server;

import dev.microtome.server.http.HttpApi;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Keys;
import dev.microtome.server.queue.StoreException;
import dev.microtome.server.work.Costing;
import dev.microtome.server.work.Depot;
import dev.microtome.server.work.Dispatcher;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.LocalDepot;
import dev.microtome.server.work.Worker;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running server: jobs and results, executors that run them, and HTTP in front.
///
/// ```java
/// try (var server = ModelServer.start(folder, HttpSettings.loopback(8080), Limits.defaults(), executors, costing)) {
///   …
/// }
/// ```
public final class ModelServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelServer.class);
  private static final Duration BETWEEN_SWEEPS = Duration.ofSeconds(2);

  private final RandomAccessFile lockFile;
  private final Keys keys;
  private final Depot depot;
  private final Dispatcher dispatcher;
  private final HttpApi api;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sweeper").factory());

  private ModelServer(
      Path folder,
      RandomAccessFile lockFile,
      HttpSettings settings,
      Limits limits,
      Depot depot,
      List<HostedModel> models,
      List<Executor> executors,
      Costing costing)
      throws IOException {
    InstantSource time = InstantSource.system();
    this.lockFile = lockFile;
    this.keys = Keys.open(folder, time);
    this.depot = depot;
    this.api =
        new HttpApi(
            settings,
            limits,
            new HttpApi.Parts(
                depot.queue(),
                depot.results(),
                depot.progress(),
                keys,
                models,
                () -> workers(executors),
                costing),
            time);
    this.dispatcher = new Dispatcher(depot.queue(), depot.results(), depot.progress(), executors);
    depot.announce(executors);
    var _ =
        clock.scheduleWithFixedDelay(
            this::sweep, 0, BETWEEN_SWEEPS.toMillis(), TimeUnit.MILLISECONDS);
  }

  private List<Worker> workers(List<Executor> own) {
    return Stream.concat(own.stream(), depot.elsewhere().stream()).toList();
  }

  /// Starts a server that keeps its data in `folder`, which belongs to one server at a time.
  public static ModelServer start(
      Path folder, HttpSettings settings, Limits limits, List<Executor> executors, Costing costing)
      throws Exception {
    Files.createDirectories(folder);
    RandomAccessFile lockFile = lock(folder.resolve("lock"));
    Depot depot = LocalDepot.open(folder, limits, InstantSource.system());
    List<HostedModel> models = executors.stream().map(Executor::model).toList();
    return start(folder, lockFile, settings, limits, depot, models, executors, costing);
  }

  /// Starts a server whose jobs are kept in a depot that others work on, too; it is closed with the
  /// server.
  ///
  /// @param folder for its keys
  /// @param models what it hosts, whoever works on it
  /// @param executors its own workers, perhaps none
  public static ModelServer start(
      Path folder,
      HttpSettings settings,
      Limits limits,
      Depot depot,
      List<HostedModel> models,
      List<Executor> executors,
      Costing costing)
      throws Exception {
    Files.createDirectories(folder);
    RandomAccessFile lockFile = lock(folder.resolve("lock"));
    return start(folder, lockFile, settings, limits, depot, models, executors, costing);
  }

  private static ModelServer start(
      Path folder,
      RandomAccessFile lockFile,
      HttpSettings settings,
      Limits limits,
      Depot depot,
      List<HostedModel> models,
      List<Executor> executors,
      Costing costing)
      throws Exception {
    var server =
        new ModelServer(folder, lockFile, settings, limits, depot, models, executors, costing);
    server.api.start();
    return server;
  }

  private static RandomAccessFile lock(Path file) throws IOException {
    var lockFile = new RandomAccessFile(file.toFile(), "rw");
    FileLock lock = lockFile.getChannel().tryLock();
    if (lock == null) {
      lockFile.close();
      throw new IOException(file.getParent() + " is in use by another server");
    }
    return lockFile;
  }

  private void sweep() {
    try {
      for (JobId gone : depot.queue().sweep()) {
        depot.results().remove(gone);
      }
    } catch (StoreException away) {
      LOG.warn("expired jobs can't be removed: {}", away.getMessage());
    } catch (IOException | RuntimeException broken) {
      LOG.error("expired jobs can't be removed", broken);
    }
  }

  /// The keys that open it.
  public Keys keys() {
    return keys;
  }

  public int port() {
    return api.port();
  }

  /// The port administrators ask at, on this machine's loopback.
  public int adminPort() {
    return api.adminPort();
  }

  /// Takes no more jobs from the queue, waits for those that run and gives back what does not end
  /// in time; they run when the server starts again.
  public void drain(Duration grace) throws InterruptedException {
    api.drain();
    dispatcher.drain(grace);
  }

  @Override
  public void close() throws IOException {
    clock.shutdownNow();
    api.close();
    dispatcher.close();
    depot.close();
    keys.close();
    lockFile.close();
  }
}
