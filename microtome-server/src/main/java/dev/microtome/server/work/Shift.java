package dev.microtome.server.work;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.StoredResult;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.queue.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One [Executor#run]: the claims it holds, until each has ended.
final class Shift implements Reports {
  private static final Logger LOG = LoggerFactory.getLogger(Shift.class);

  private final JobQueue queue;
  private final ResultStore results;
  private final Progress progress;
  private final Executor executor;
  private final Map<JobId, Claim> open = new ConcurrentHashMap<>();
  private final Map<JobId, Claim> settling = new ConcurrentHashMap<>();
  private final Set<JobId> late = ConcurrentHashMap.newKeySet();
  private final Map<JobId, Long> began = new ConcurrentHashMap<>();
  private volatile boolean stopping;

  Shift(
      JobQueue queue,
      ResultStore results,
      Progress progress,
      Executor executor,
      List<Claim> claims) {
    this.queue = queue;
    this.results = results;
    this.progress = progress;
    this.executor = executor;
    claims.forEach(claim -> open.put(claim.job().id(), claim));
  }

  /// Runs the claims; whatever happens, none is left open.
  void run() throws InterruptedException {
    Failure left = new Failure(ErrorCode.INTERNAL, "the job was left without an answer");
    try {
      executor.run(List.copyOf(open.values()), this);
    } catch (RuntimeException broken) {
      LOG.error("executor {} failed", executor.name(), broken);
    } finally {
      open.keySet().forEach(id -> lost(id, left, true));
    }
  }

  boolean holds(JobId id) {
    return open.containsKey(id);
  }

  /// Extends the leases; gives up what is no longer ours.
  void renew() {
    open.forEach((id, claim) -> {
      if (queue.renew(claim) != JobQueue.Hold.HELD) {
        executor.cancel(id);
      }
    });
    settling.values().forEach(queue::renew);
  }

  /// Gives up a job that somebody cancelled.
  void look(JobId id) {
    Job job;
    try {
      job = queue.find(id);
    } catch (StoreException away) {
      return; // renewing will tell
    }
    if (holds(id) && (job == null || job.state().isFinal())) {
      executor.cancel(id);
    }
  }

  /// Cancels jobs that run for longer than they may.
  void checkTime() {
    long now = System.nanoTime();
    open.forEach((id, claim) -> {
      long ran = now - began.getOrDefault(id, now);
      if (ran > claim.job().time().toNanos() && late.add(id)) {
        executor.cancel(id);
      }
    });
  }

  /// Gives the jobs back to the queue: the server stops.
  void stop() {
    stopping = true;
    open.keySet().forEach(this::giveBack);
  }

  private void giveBack(JobId id) {
    Claim claim = ended(id);
    if (claim != null) {
      settle(claim, () -> queue.release(claim));
    }
  }

  @Override
  public Path draft() {
    try {
      return results.draft();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void began(JobId job) {
    began.put(job, System.nanoTime());
  }

  @Override
  public void progress(JobId job, int done, int all) {
    if (holds(job)) {
      progress.tell(job, done, all);
    }
  }

  @Override
  public void log(JobId job, String line) {
    Claim claim = open.get(job);
    if (claim != null) {
      try {
        queue.log(claim, line);
      } catch (StoreException away) {
        LOG.warn("a line of job {} is lost: {}", job, away.getMessage());
      }
    }
  }

  @Override
  public void completed(JobId job, Draft draft) {
    Claim claim = ended(job);
    if (claim != null) {
      settle(claim, () -> deliver(claim, draft));
    }
  }

  private void deliver(Claim claim, Draft draft) {
    JobId job = claim.job().id();
    try {
      StoredResult result = results.keep(claim, draft);
      if (result == null) {
        LOG.warn(
            "job {} was given to another worker meanwhile: what came out here is dropped", job);
      } else {
        queue.complete(claim, result);
      }
    } catch (RefusedException refused) {
      queue.fail(claim, refused.failure());
    } catch (IOException broken) {
      LOG.error("the result of job {} can't be kept", job, broken);
      queue.fail(claim, new Failure(ErrorCode.INTERNAL, "the result could not be written"));
    }
  }

  @Override
  public void failed(JobId job, Failure failure) {
    Claim claim = ended(job);
    if (claim != null) {
      settle(claim, () -> queue.fail(claim, late.contains(job) ? tooLong(claim) : failure));
    }
  }

  @Override
  public void lost(JobId job, Failure failure, boolean guilty) {
    Claim claim = ended(job);
    if (claim != null) {
      settle(claim, () -> lost(claim, failure, guilty));
    }
  }

  private void lost(Claim claim, Failure failure, boolean guilty) {
    if (late.contains(claim.job().id())) {
      queue.fail(claim, tooLong(claim));
    } else if (stopping || !guilty) {
      queue.release(claim);
    } else {
      queue.retry(claim, failure);
    }
  }

  // Whoever runs jobs goes on, whatever becomes of the queue; the lease is held until it knows.
  private void settle(Claim claim, Runnable action) {
    JobId job = claim.job().id();
    settling.put(job, claim);
    try {
      action.run();
    } catch (StoreException away) {
      LOG.error("how job {} ended can't be kept, it will run again: {}", job, away.getMessage());
    } finally {
      settling.remove(job);
    }
  }

  private @Nullable Claim ended(JobId job) {
    Claim claim = open.remove(job);
    progress.forget(job);
    return claim;
  }

  private static Failure tooLong(Claim claim) {
    return new Failure(
        ErrorCode.TIMED_OUT,
        "the job ran for longer than its %d seconds".formatted(claim.job().time().toSeconds()));
  }
}
