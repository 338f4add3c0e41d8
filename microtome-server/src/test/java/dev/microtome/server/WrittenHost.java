package dev.microtome.server;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.ModelHost;
import dev.microtome.models.TokenRun;
import dev.microtome.models.remote.JobForm;
import dev.microtome.models.remote.ResultForm;
import dev.microtome.models.remote.RunFailure;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.trace.RunException;
import dev.microtome.trace.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Runs the shipped model in this process, through the written forms of job, result and failure.
final class WrittenHost implements ModelHost {
  private final LanguageModel<Gpt2> model = LanguageModel.shipped();

  private final Watch watch;

  WrittenHost(Consumer<String> lines) {
    watch =
        new Watch() {
          @Override
          public void between() {}

          @Override
          public void log(String line) {
            lines.accept(line);
          }
        };
  }

  @Override
  public List<Map<Integer, Object>> run(LanguageModel<?> asked, List<TokenRun> runs) {
    try {
      return throughFile(model.run(throughJson(runs), watch), runs.size());
    } catch (RunException failed) {
      throw RunFailure.of(failed).exception();
    }
  }

  private List<TokenRun> throughJson(List<TokenRun> runs) {
    JobForm.Written written = JobForm.write(new JobForm.Asked("facts", null, null, runs));
    byte[] tensors = Safetensors.bytes("job", written.tensors(), Map.of());
    Safetensors file = Safetensors.of("job", tensors);
    return JobForm.read(written.json(), ResultForm.tensors(file), model::encode).runs();
  }

  private static List<Map<Integer, Object>> throughFile(
      List<Map<Integer, Object>> saved, int traces) {
    try {
      Path file = Files.createTempFile("result", ".safetensors");
      try (var out = FileChannel.open(file, StandardOpenOption.WRITE)) {
        ResultForm.write(out, "result", saved, Map.of());
      }
      List<Map<Integer, Object>> read = ResultForm.read(Safetensors.open(file), traces);
      Files.delete(file);
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
