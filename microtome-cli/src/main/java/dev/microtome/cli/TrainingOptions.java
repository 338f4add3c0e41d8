package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.finetune.Example;
import dev.microtome.models.finetune.ExampleFile;
import dev.microtome.models.finetune.Examples;
import dev.microtome.models.finetune.FinetuneOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What is learned and how; mixed into `finetune`.
final class TrainingOptions {
  private static final int LENGTH = 256;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = {
        "What is learned: a text, or .jsonl with a {\"text\": …} or a",
        "{\"prompt\": …, \"completion\": …} a line; of those only completions are learned."
      })
  private Path data = Path.of("");

  @Option(
      names = "--held-out",
      paramLabel = "FILE",
      description = "What the loss is measured on; without it a share of the data.")
  private @Nullable Path heldOut;

  @Option(
      names = "--hold-out",
      paramLabel = "SHARE",
      defaultValue = "0.1",
      description = "Share of the data that is held out; 0 for none.")
  private double share;

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Most tokens read at once; " + LENGTH + " or the model's context.")
  private @Nullable Integer length;

  @Option(names = "--epochs", paramLabel = "X", defaultValue = "3")
  private double epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Examples run at once.")
  private int batch;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      defaultValue = "1",
      description = "Batches whose gradients make one step.")
  private int accumulate;

  @Option(
      names = "--rate",
      paramLabel = "X",
      defaultValue = "2e-4",
      description = "Greatest learning rate.")
  private double rate;

  @Option(
      names = "--warmup",
      paramLabel = "SHARE",
      defaultValue = "0.05",
      description = "Share of the steps in which the rate rises; then half a cosine falls.")
  private double warmup;

  @Option(
      names = "--decay",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "Weight decay of AdamW.")
  private double decay;

  @Option(
      names = "--clip",
      paramLabel = "X",
      defaultValue = "1",
      description = "Greatest norm of all gradients together.")
  private double clip;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of adapters, order and dropout.")
  private long seed;

  @Option(
      names = "--evaluate-every",
      paramLabel = "N",
      defaultValue = "0",
      description = "Steps between looks at what is held out; 0 for start and end.")
  private int evaluateEvery;

  @Option(
      names = "--save-every",
      paramLabel = "N",
      defaultValue = "50",
      description = "Steps between checkpoints: what a killed run loses at most.")
  private int saveEvery;

  FinetuneOptions settings(Output output) {
    try {
      return new FinetuneOptions(
          epochs, batch, accumulate, rate, warmup, decay, clip, seed, evaluateEvery, saveEvery);
    } catch (IllegalArgumentException senseless) {
      throw output.misuse(String.valueOf(senseless.getMessage()));
    }
  }

  Examples examples(LanguageModel<?> model) {
    int most = length != null ? length : Math.min(LENGTH, model.network().context());
    List<Example> all = ExampleFile.read(data, model, most);
    return heldOut == null
        ? Examples.split(all, share, seed)
        : new Examples(all, ExampleFile.read(heldOut, model, most));
  }

  long seed() {
    return seed;
  }
}
