package dev.microtome.server.work;

import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.queue.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings jobs from the queue to executors: one thread for each claims and runs, one for all renews
/// leases and watches the time.
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration TICK = Duration.ofMillis(200);
  private static final int TICKS_BETWEEN_RENEWALS = 20;
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration GATHERING = Duration.ofMillis(1);
  private static final int GATHERINGS = 5;

  private final JobQueue queue;
  private final ResultStore results;
  private final Progress progress;
  private final Map<Executor, Shift> shifts = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Thread> serving = new ArrayList<>();
  private final JobQueue.Subscription changes;
  private volatile boolean stopping;

  public Dispatcher(
      JobQueue queue, ResultStore results, Progress progress, List<Executor> executors) {
    this.queue = queue;
    this.results = results;
    this.progress = progress;
    this.changes = queue.onChange(this::look);
    for (Executor executor : executors) {
      serving.add(start("executor " + executor.name(), () -> serve(executor)));
    }
    Thread _ = start("leases", this::watch);
  }

  private Thread start(String name, Runnable body) {
    Thread thread = Thread.ofPlatform().daemon().name(name).start(body);
    threads.add(thread);
    return thread;
  }

  private void serve(Executor executor) {
    int before = 0;
    while (!stopping) {
      try {
        if (executor.condition().phase() != Condition.Phase.READY) {
          Thread.sleep(PAUSE);
          continue;
        }
        List<Claim> claims = claims(executor, before);
        if (stopping) {
          claims.forEach(queue::release);
        } else if (!claims.isEmpty()) {
          run(executor, claims);
        }
        before = claims.size();
      } catch (InterruptedException stopped) {
        return;
      } catch (StoreException away) {
        LOG.warn("executor {} gets no jobs: {}", executor.name(), away.getMessage());
        pause();
      } catch (RuntimeException broken) {
        LOG.error("executor {}", executor.name(), broken);
        pause();
      }
    }
  }

  /// What is there; when several were run together last time, a few milliseconds are given to as
  /// many to come again: their clients have only just heard of the end.
  private List<Claim> claims(Executor executor, int before) throws InterruptedException {
    var claims = new ArrayList<>(claim(executor, executor.together(), PATIENCE));
    int expected = Math.min(before, executor.together());
    try {
      for (int i = 0; i < GATHERINGS && !claims.isEmpty() && claims.size() < expected; i++) {
        claims.addAll(claim(executor, expected - claims.size(), GATHERING));
      }
      return claims;
    } catch (StoreException away) {
      return claims; // these can be run all the same
    } catch (InterruptedException stopped) {
      claims.forEach(queue::release);
      throw stopped;
    }
  }

  private List<Claim> claim(Executor executor, int most, Duration patience)
      throws InterruptedException {
    return queue.claim(executor.name(), executor.model().name(), most, patience);
  }

  private void run(Executor executor, List<Claim> claims) throws InterruptedException {
    var shift = new Shift(queue, results, progress, executor, claims);
    shifts.put(executor, shift);
    try {
      claims.forEach(claim -> shift.look(claim.job().id())); // cancelled since it was claimed
      shift.run();
    } finally {
      shifts.remove(executor);
    }
  }

  private void watch() {
    for (int tick = 0; !Thread.currentThread().isInterrupted(); tick++) {
      try {
        Thread.sleep(TICK);
        boolean renew = tick % TICKS_BETWEEN_RENEWALS == 0;
        for (Shift shift : shifts.values()) {
          shift.checkTime();
          if (renew) {
            shift.renew();
          }
        }
      } catch (InterruptedException stopped) {
        return;
      } catch (StoreException away) {
        LOG.warn("leases can't be renewed: {}", away.getMessage());
      } catch (RuntimeException broken) {
        LOG.error("leases can't be renewed", broken);
      }
    }
  }

  /// Something about a job changed: if it runs here, perhaps it was cancelled.
  private void look(JobQueue.Change change) {
    for (Shift shift : shifts.values()) {
      if (change.state().isFinal() && shift.holds(change.job())) {
        shift.look(change.job());
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofSeconds(1));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /// Claims nothing more; waits for what runs, at most for `grace`, and gives the rest back.
  public void drain(Duration grace) throws InterruptedException {
    stopping = true;
    long end = System.nanoTime() + grace.toNanos();
    for (Thread thread : serving) {
      boolean _ = thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    }
    shifts.values().forEach(Shift::stop);
  }

  @Override
  public void close() {
    stopping = true;
    shifts.values().forEach(Shift::stop);
    changes.close();
    threads.forEach(Thread::interrupt);
  }
}
