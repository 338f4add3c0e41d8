package dev.microtome.server.worker;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.work.Reports;
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
  private final Map<JobId, Path> completed = new ConcurrentHashMap<>();
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
  public void completed(JobId job, Path draft) {
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

  List<Path> drafts() {
    return new ArrayList<>(completed.values());
  }

  List<Failure> failures() {
    return new ArrayList<>(failed.values());
  }

  Map<JobId, Path> completed() {
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
