package dev.microtome.bench.soak;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Payload;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.Reports;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// How the jobs of one [Executor#run] ended; results are held in memory.
final class Outcomes implements Reports {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Path folder;
  private final Map<JobId, byte[]> results = new ConcurrentHashMap<>();
  private final Map<JobId, Failure> failures = new ConcurrentHashMap<>();
  private final Map<JobId, Long> began = new ConcurrentHashMap<>();
  private final Map<JobId, Long> ended = new ConcurrentHashMap<>();

  Outcomes(Path folder) {
    this.folder = folder;
  }

  /// Runs jobs together, and returns what each left, in their order: a result's bytes, or a
  /// [Failure].
  static List<Object> of(Executor executor, Path folder, List<Payload> payloads)
      throws InterruptedException {
    var outcomes = new Outcomes(folder);
    List<Claim> claims = payloads.stream().map(payload -> Asked.claim(payload, LONG)).toList();
    executor.run(claims, outcomes);
    return claims.stream().map(claim -> outcomes.of(claim.job().id())).toList();
  }

  /// What a job left.
  Object of(JobId id) {
    byte[] result = results.get(id);
    return result != null ? result : Objects.requireNonNull(failures.get(id));
  }

  /// Seconds from the job's turn to its end.
  double secondsSinceItBegan(JobId id) {
    return (ended.getOrDefault(id, 0L) - began.getOrDefault(id, 0L)) / 1e9;
  }

  @Override
  public Path draft() {
    return folder.resolve(UUID.randomUUID() + ".safetensors");
  }

  @Override
  public void began(JobId job) {
    began.put(job, System.nanoTime());
  }

  @Override
  public void progress(JobId job, int done, int all) {}

  @Override
  public void log(JobId job, String line) {}

  @Override
  public void completed(JobId job, Draft draft) {
    ended.put(job, System.nanoTime());
    try (InputStream in = draft.open()) {
      results.put(job, in.readAllBytes());
      draft.discard();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void failed(JobId job, Failure failure) {
    ended.put(job, System.nanoTime());
    failures.put(job, failure);
  }

  @Override
  public void lost(JobId job, Failure failure, boolean guilty) {
    failed(job, failure);
  }
}
