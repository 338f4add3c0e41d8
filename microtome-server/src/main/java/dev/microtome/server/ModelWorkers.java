package dev.microtome.server;

import dev.microtome.server.work.Depot;
import dev.microtome.server.work.Dispatcher;
import dev.microtome.server.work.Executor;
import java.time.Duration;
import java.util.List;

/// Workers without a server: they take jobs from a queue that a server elsewhere fills, and deliver
/// what comes out.
public final class ModelWorkers implements AutoCloseable {
  private final Depot depot;
  private final Dispatcher dispatcher;

  private ModelWorkers(Depot depot, List<Executor> executors) {
    this.depot = depot;
    depot.announce(executors);
    this.dispatcher = new Dispatcher(depot.queue(), depot.results(), depot.progress(), executors);
  }

  /// Lets executors work on a depot, which is closed with them.
  public static ModelWorkers start(Depot depot, List<Executor> executors) {
    return new ModelWorkers(depot, executors);
  }

  /// Takes no more jobs, waits for those that run and gives back what does not end in time.
  public void drain(Duration grace) throws InterruptedException {
    dispatcher.drain(grace);
  }

  @Override
  public void close() {
    dispatcher.close();
    depot.close();
  }
}
