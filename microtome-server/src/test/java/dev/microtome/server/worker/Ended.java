package dev.microtome.server.worker;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.work.Reports;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Remembers how jobs ended.
final class Ended implements Reports {
  private final Path folder;
  private final Map<JobId, Draft> completed = new ConcurrentHashMap<>();
  private final Map<JobId, Failure> failed = new ConcurrentHashMap<>();
  private final Map<JobId, Boolean> lost = new ConcurrentHashMap<>();

  private final Consumer<String> lines;

  Ended(Path folder) {
    this(folder, _ -> {});
  }

  Ended(Path folder, Consumer<String> lines) {
    this.folder = folder;
    this.lines = lines;
  }

  @Override
  public Path draft() {
    return folder.resolve(UUID.randomUUID() + ".safetensors");
  }

  @Override
  public void began(JobId job) {}

  @Override
  public void progress(JobId job, int done, int all) {}

  @Override
  public void log(JobId job, String line) {
    lines.accept(line);
  }

  @Override
  public void completed(JobId job, Draft draft) {
    completed.put(job, draft);
  }

  @Override
  public void failed(JobId job, Failure failure) {
    failed.put(job, failure);
  }

  @Override
  public void lost(JobId job, Failure failure, boolean guilty) {
    lost.put(job, guilty);
  }

  /// The results as files are read.
  List<Safetensors> results() {
    return completed.values().stream().map(Ended::result).toList();
  }

  static Safetensors result(Draft draft) {
    try (InputStream in = draft.open()) {
      return Safetensors.of("a result", in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Failure> failures() {
    return new ArrayList<>(failed.values());
  }

  Map<JobId, Draft> completed() {
    return completed;
  }

  Map<JobId, Failure> failed() {
    return failed;
  }

  /// Whether each lost job was held guilty.
  Map<JobId, Boolean> lost() {
    return lost;
  }
}
