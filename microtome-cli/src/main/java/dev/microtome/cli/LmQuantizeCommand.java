package dev.microtome.cli;

import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.DynamicSpec;
import dev.microtome.dynamic.Quantized;
import dev.microtome.models.lstm.LmFolder;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.QuantizedEngine;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome lm quantize MODEL --out DIR`: the same model with weights of 8 bits.
@Command(
    name = "quantize",
    description =
        "Quantize a model: LSTM and decoder to 8 bits or 4, embeddings too if asked. The result is "
            + "a folder of the same kind. Its model.pth is what PyTorch's quantize_dynamic saves; "
            + "4 bits, and --plain, are plain tensors in model.safetensors.")
final class LmQuantizeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODEL", description = "A model's folder.")
  private Path model = Path.of(".");

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new folder.")
  private Path out = Path.of(".");

  @Option(names = "--per-channel", description = "A scale for each row instead of each matrix.")
  private boolean perChannel;

  @Option(
      names = "--embedding",
      paramLabel = "BITS",
      description = "Quantize the embeddings too, to 8 or 4 bits.")
  private @Nullable Integer embedding;

  @Option(
      names = "--bits",
      paramLabel = "BITS",
      defaultValue = "8",
      description = "Of LSTM and decoder: 8 or 4.")
  private int bits;

  @Option(names = "--plain", description = "Write safetensors, which needs no trust.")
  private boolean plain;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "Tell the loss over a text and the time it takes, before and after.")
  private @Nullable Path text;

  @Option(
      names = "--words",
      paramLabel = "N",
      description = "Read only the first N words of the text.")
  private long words = Long.MAX_VALUE;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "${COMPLETION-CANDIDATES}; without it whatever is fastest here.")
  private @Nullable QuantizedEngine engine;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    var from = new LmFolder(model);
    var to = new LmFolder(out);
    if (out.toAbsolutePath().normalize().equals(model.toAbsolutePath().normalize())) {
      throw output.misuse("--out must be another folder than the model's");
    }
    DynamicSpec spec = spec();
    LstmModel opened = from.load();
    TimedLoss before = text == null ? null : TimedLoss.of(opened, from, text, words, output);
    Quantized<LstmModel> quantized = DynamicQuantization.inPlace(opened, spec);
    to.begin(from.config(), from.dictionary());
    if (plain || bits == 4) {
      to.save(quantized.network());
    } else {
      to.saveTorch(quantized.network());
    }
    TimedLoss after = text == null ? null : TimedLoss.of(to.load(), to, text, words, output);
    print(quantized, from, to, before, after);
    return 0;
  }

  private void print(
      Quantized<LstmModel> quantized,
      LmFolder from,
      LmFolder to,
      @Nullable TimedLoss before,
      @Nullable TimedLoss after) {
    if (output.json) {
      var json = new LinkedHashMap<String, Object>();
      json.put("layers", quantized.outcomes());
      json.put("bytes_before", from.weightBytes());
      json.put("bytes", to.weightBytes());
      if (before != null && after != null) {
        json.put("before", before);
        json.put("after", after);
      }
      output.json(json);
      return;
    }
    output.line(quantized.network().toString());
    var table = new Table("layer", "kind", "outcome", ">MB before", ">MB");
    quantized
        .outcomes()
        .forEach(outcome ->
            table.row(
                outcome.path(),
                outcome.kind(),
                (outcome.quantized() ? "" : "left: ") + outcome.reason(),
                megabytes(outcome.bytes()),
                megabytes(outcome.bytesAfter())));
    table.print(output);
    output.line("Size (MB): " + from.weightBytes() / 1e6);
    output.line("Size (MB): " + to.weightBytes() / 1e6);
    if (before != null && after != null) {
      output.line(before.toString());
      output.line(after.toString());
    }
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / 1e6);
  }

  private DynamicSpec spec() {
    DynamicConfig eight = perChannel ? DynamicConfig.QINT8_PER_CHANNEL : DynamicConfig.QINT8;
    DynamicConfig config =
        switch (bits) {
          case 8 -> eight;
          case 4 -> DynamicConfig.QINT4;
          default -> throw output.misuse("--bits is 8 or 4, got " + bits);
        };
    var spec = DynamicSpec.none().with(Lstm.class, config).with(Linear.class, config);
    if (embedding != null) {
      DType dtype =
          switch (embedding) {
            case 8 -> DType.QUINT8;
            case 4 -> DType.QUINT4X2;
            default -> throw output.misuse("--embedding is 8 or 4, got " + embedding);
          };
      spec = spec.with(Embedding.class, DynamicConfig.of(dtype));
    }
    return engine == null ? spec : spec.on(engine);
  }
}
