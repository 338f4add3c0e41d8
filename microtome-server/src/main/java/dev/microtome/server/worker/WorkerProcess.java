package dev.microtome.server.worker;

import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.work.Condition;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.ModelForm;
import dev.microtome.server.work.Reports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs jobs in a process of its own, which it watches: one that ends, hangs or takes too much
/// memory is started again, after a pause that grows while that goes on. A process whose model
/// gives other numbers than the first one's is not used.
public final class WorkerProcess implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long FIRST_PAUSE = 100;
  private static final long LONGEST_PAUSE = 10_000;
  private static final long WATCH_MILLIS = 100;

  private final Settings settings;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("worker watch").factory());
  private final Map<JobId, Claim> open = new ConcurrentHashMap<>();
  private final Deadlines deadlines = new Deadlines();
  private final ReentrantLock hearing = new ReentrantLock();
  private final HostedModel model;
  private final String canary;
  private volatile @Nullable Child child;
  private volatile Condition.Phase phase = Condition.Phase.STARTING;
  private volatile int restarts;
  private volatile int alone;
  private volatile @Nullable Pulse pulse;
  private volatile ProcessEnd ended = ProcessEnd.CRASHED;
  private long pause = FIRST_PAUSE;

  /// How a worker is started.
  ///
  /// @param name what requests call the model
  /// @param folder where it lies
  /// @param number tells the workers of one model apart
  /// @param together how many jobs may share a run
  /// @param memory bytes its tensors may take beside the weights, and twice that the process
  /// @param threads libtorch may use
  /// @param log where its standard error goes
  public record Settings(
      String name, Path folder, int number, int together, long memory, int threads, Path log) {}

  private WorkerProcess(Settings settings) throws IOException {
    this.settings = settings;
    Child first = launch();
    Frame hello = hello(first);
    this.model = ModelForm.read(hello.head(), settings.name(), settings.folder());
    this.canary = hello.text("canary");
    take(first);
    this.phase = Condition.Phase.READY;
    var _ =
        watch.scheduleWithFixedDelay(
            this::watch, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Starts the process and waits until its model is loaded.
  public static WorkerProcess start(Settings settings) {
    try {
      return new WorkerProcess(settings);
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "the worker of %s did not start; see %s".formatted(settings.name(), settings.log()),
          failed);
    }
  }

  private Child launch() throws IOException {
    return Child.start(
        WorkerMain.class,
        Child.VECTORS,
        settings.memory(),
        settings.threads(),
        settings.log(),
        settings.name(),
        settings.folder().toString());
  }

  private static Frame hello(Child child) throws IOException {
    Frame hello = child.receive();
    if (hello == null || !hello.kind().equals(WorkerMain.HELLO)) {
      child.kill();
      throw new IOException("the process ended before it was ready");
    }
    return hello;
  }

  private void take(Child next) {
    pulse = new Pulse(next);
    child = next;
  }

  private void watch() {
    Child now = child;
    try {
      if (phase == Condition.Phase.READY && !isAlive(now)) {
        begin(); // it ended without anything to do
      } else if (now != null && isAlive(now)) {
        look(now);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (IOException gone) {
      LOG.debug("worker {}: {}", name(), gone.getMessage()); // who uses it hears of that
    }
  }

  private void look(Child now) throws IOException {
    Pulse beat = pulse;
    if (hearing.tryLock()) { // nobody listens, since nothing runs
      try {
        while (beat != null && now.isSpeaking() && now.receive() != null) {
          beat.heard();
        }
      } finally {
        hearing.unlock();
      }
    }
    if (now.memory() > mostMemory()) {
      end(now, ProcessEnd.MEMORY);
    } else if (beat != null && beat.isOverdue()) {
      end(now, ProcessEnd.SILENT);
    } else if (deadlines.isAnyPassed()) {
      end(now, ProcessEnd.UNSTOPPABLE);
    }
  }

  private long mostMemory() {
    return 2 * settings.memory() + 2 * model.bytes() + (1L << 30);
  }

  private void end(Child now, ProcessEnd why) {
    LOG.warn("worker {}: {}", name(), why.words());
    ended = why;
    now.kill();
  }

  @Override
  public void run(List<Claim> jobs, Reports reports) throws InterruptedException {
    jobs.forEach(claim -> open.put(claim.job().id(), claim));
    ended = ProcessEnd.CRASHED;
    alone = Math.max(0, alone - 1);
    try {
      Child now = ready();
      phase = Condition.Phase.BUSY;
      List<Work> works = jobs.stream().map(WorkerProcess::work).toList();
      now.send(WorkerMain.request(works, jobs.stream().map(_ -> reports.draft()).toList()));
      listen(now, reports);
      pause = FIRST_PAUSE;
      phase = Condition.Phase.READY;
    } catch (IOException lost) {
      restart(lost, reports);
    } finally {
      open.clear();
      deadlines.clear();
    }
  }

  private static Work work(Claim claim) {
    return new Work(claim.job().id(), claim.payload(), claim.job().time());
  }

  /// Hears all that is said until the run is over, whatever becomes of a report.
  private void listen(Child now, Reports reports) throws IOException {
    RuntimeException unheard = null;
    hearing.lock();
    try {
      Frame frame = now.receive();
      while (frame != null && !frame.kind().equals(WorkerMain.IDLE)) {
        try {
          hear(frame, reports);
        } catch (RuntimeException broken) {
          unheard = broken;
        }
        frame = now.receive();
      }
      if (frame == null) {
        throw new IOException("the worker ended");
      }
    } finally {
      hearing.unlock();
    }
    if (unheard != null) {
      throw unheard;
    }
  }

  private void hear(Frame frame, Reports reports) {
    Pulse beat = pulse;
    if (beat != null) {
      beat.heard();
    }
    if (frame.kind().equals(Pulse.ASKED)) {
      return;
    }
    var job = new JobId(frame.text("job"));
    switch (frame.kind()) {
      case WorkerMain.BEGAN -> {
        deadlines.begin(open.get(job));
        reports.began(job);
      }
      case WorkerMain.PROGRESS ->
          reports.progress(
              job, frame.head().path("done").asInt(0), frame.head().path("all").asInt(0));
      case WorkerMain.LOG -> reports.log(job, frame.text("line"));
      case WorkerMain.COMPLETED -> {
        forget(job);
        reports.completed(job, draft(frame));
      }
      case WorkerMain.FAILED -> {
        forget(job);
        reports.failed(job, FailureForm.read(frame.head()));
      }
      default -> LOG.warn("a frame of kind '{}' from {}", frame.kind(), name());
    }
  }

  private static Draft draft(Frame completed) {
    return completed.bodies().isEmpty()
        ? new Draft.InFile(Path.of(completed.text("draft")))
        : new Draft.InMemory(completed.bodies().getFirst());
  }

  private void forget(JobId job) {
    open.remove(job);
    deadlines.forget(job);
  }

  /// The process is gone: its jobs are lost, and the next one begins.
  private void restart(IOException lost, Reports reports) throws InterruptedException {
    LOG.warn("worker {}: {}", name(), lost.getMessage());
    phase = Condition.Phase.RESTARTING;
    ProcessEnd why = ended;
    List<JobId> left = List.copyOf(open.keySet());
    alone = left.size() > 1 ? left.size() : 0; // the next time it will show who it was
    boolean guilty = left.size() == 1 && why != ProcessEnd.UNSTOPPABLE;
    left.forEach(job -> reports.lost(job, why.failure(), guilty));
    open.clear();
    Child old = child;
    if (old != null) {
      old.kill();
    }
    child = null; // it may seem alive for another moment
    begin();
  }

  private Child ready() throws IOException, InterruptedException {
    begin();
    Child now = child;
    if (now == null) {
      throw new IOException("the worker is stopped");
    }
    return now;
  }

  private static boolean isAlive(@Nullable Child child) {
    return child != null && child.isAlive();
  }

  /// Starts processes until one lives.
  private synchronized void begin() throws InterruptedException {
    while (phase != Condition.Phase.STOPPED && !isAlive(child)) {
      phase = Condition.Phase.RESTARTING;
      child = null;
      Thread.sleep(pause);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
      try {
        Child next = launch();
        restarts++;
        if (!hello(next).text("canary").equals(canary)) {
          next.kill();
          throw new IOException("its model gives other numbers than before");
        }
        take(next);
        phase = Condition.Phase.READY;
      } catch (IOException failed) {
        LOG.error("worker {} did not start again: {}", name(), failed.getMessage());
      }
    }
  }

  @Override
  public void cancel(JobId job) {
    Child now = child;
    if (now == null || !open.containsKey(job)) {
      return;
    }
    try {
      now.send(Frame.of(WorkerMain.CANCEL, Frame.JSON.createObjectNode().put("job", job.text())));
    } catch (IOException gone) {
      return; // its run hears of that
    }
    var _ = watch.schedule(() -> killUnless(job), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void killUnless(JobId job) {
    Child now = child;
    if (now != null && open.containsKey(job)) {
      end(now, ProcessEnd.UNSTOPPABLE);
    }
  }

  /// The process's id, for those who watch it from outside.
  public long processId() {
    Child now = child;
    return now == null ? -1 : now.id();
  }

  @Override
  public String name() {
    return settings.name() + "-" + settings.number();
  }

  @Override
  public HostedModel model() {
    return model;
  }

  @Override
  public Condition condition() {
    Child now = child;
    return new Condition(phase, now == null ? 0 : now.memory(), restarts);
  }

  @Override
  public int together() {
    return alone > 0 ? 1 : settings.together();
  }

  @Override
  public void close() {
    phase = Condition.Phase.STOPPED;
    watch.shutdownNow();
    Child now = child;
    if (now != null) {
      now.close();
    }
  }
}
