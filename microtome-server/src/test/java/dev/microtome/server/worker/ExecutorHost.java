package dev.microtome.server.worker;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.ModelHost;
import dev.microtome.models.TokenRun;
import dev.microtome.models.remote.JobForm;
import dev.microtome.models.remote.ResultForm;
import dev.microtome.models.remote.RunFailure;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Payload;
import dev.microtome.server.work.Executor;
import dev.microtome.tensor.file.Safetensors;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Runs traces on an executor, without queue and HTTP.
public final class ExecutorHost implements ModelHost {
  private final Executor executor;
  private final Path folder;

  private final Consumer<String> lines;

  public ExecutorHost(Executor executor, Path folder) {
    this(executor, folder, _ -> {});
  }

  public ExecutorHost(Executor executor, Path folder, Consumer<String> lines) {
    this.executor = executor;
    this.folder = folder;
    this.lines = lines;
  }

  @Override
  public List<Map<Integer, Object>> run(LanguageModel<?> model, List<TokenRun> runs) {
    var ended = new Ended(folder, lines);
    try {
      executor.run(List.of(Claims.of(payload(runs, null))), ended);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    Failure failure = ended.failures().isEmpty() ? null : ended.failures().getFirst();
    if (failure != null) {
      throw new RunFailure(
              String.valueOf(failure.kind()),
              failure.message(),
              failure.trace(),
              failure.node(),
              failure.path())
          .exception();
    }
    return ResultForm.read(ended.results().getFirst(), runs.size());
  }

  /// The written form of a job.
  public static Payload payload(List<TokenRun> runs, String adapter) {
    var written = JobForm.write(new JobForm.Asked("facts", adapter, null, runs));
    byte[] tensors =
        written.tensors().isEmpty()
            ? new byte[0]
            : Safetensors.bytes("job", written.tensors(), Map.of());
    return new Payload(written.json().getBytes(StandardCharsets.UTF_8), tensors);
  }
}
