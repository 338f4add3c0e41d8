package dev.microtome.bench.soak;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.TokenRun;
import dev.microtome.models.remote.JobForm;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Payload;
import dev.microtome.server.queue.Claim;
import dev.microtome.tensor.file.Safetensors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Jobs as a client of Microtome writes them.
final class Asked {
  private Asked() {}

  /// The job that does `use`.
  static Payload job(
      LanguageModel<?> model, @Nullable String adapter, Function<LanguageModel<?>, ?> use) {
    var runs = new ArrayList<TokenRun>();
    try {
      Object _ =
          use.apply(
              model.on((_, asked) -> {
                runs.addAll(asked);
                throw new IllegalCallerException("recorded");
              }));
    } catch (IllegalCallerException recorded) {
      var written = JobForm.write(new JobForm.Asked("m", adapter, 7L, runs));
      byte[] tensors =
          written.tensors().isEmpty()
              ? new byte[0]
              : Safetensors.bytes("job", written.tensors(), Map.of());
      return new Payload(written.json().getBytes(StandardCharsets.UTF_8), tensors);
    }
    throw new IllegalStateException("nothing was traced");
  }

  /// A job as a queue would give it to a worker.
  static Claim claim(Payload payload, Duration time) {
    var job =
        new Job(
            JobId.random(),
            "me",
            "m",
            null,
            0,
            time,
            JobState.RUNNING,
            0,
            1,
            Instant.EPOCH,
            null,
            null,
            null,
            null);
    return new Claim(job, payload, "worker", 1);
  }
}
