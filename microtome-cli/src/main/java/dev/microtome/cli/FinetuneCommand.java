package dev.microtome.cli;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Lora;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.adapt.Whole;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitReport;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.finetune.Examples;
import dev.microtome.models.finetune.Finetune;
import dev.microtome.models.finetune.FinetuneOptions;
import dev.microtome.models.finetune.LossHistory;
import dev.microtome.models.pictures.LossPicture;
import dev.microtome.models.pictures.SignalPicture;
import dev.microtome.models.pictures.VisibleText;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `microtome finetune`: quantizes a model, trains adapters beside its weights, writes them.
@Command(
    name = "finetune",
    description = {
      "Train a model on a text of yours: adapters beside its weights, which stay as they are, in",
      "few bits when --bits is given. The folder --out gets the adapter in PEFT's form, which",
      "opens as a model; with --bits the quantized model in base; checkpoints and a picture of the",
      "loss. The same command again goes on from the last checkpoint."
    })
final class FinetuneCommand implements Callable<Integer> {
  /// What the adapters are put into at the end.
  enum Merge {
    BITS,
    FLOAT
  }

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private TrainingOptions training = new TrainingOptions();

  @Option(
      names = "--bits",
      paramLabel = "N",
      description = "Quantize to 8, 6, 5, 4, 3, 2, 1.58 or 1 bits first; without it nothing is.")
  private @Nullable Double bits;

  @Mixin private LowBitOptions lowBit = new LowBitOptions();

  @Option(
      names = "--precision",
      paramLabel = "KIND",
      defaultValue = "FULL",
      description = {
        "Products with weights of few bits while training: FULL in float32,",
        "FAST in bfloat16 where there are many rows, INT8 with activations of 8 bits",
        "(gradients as FAST)."
      })
  private Precision precision = Precision.FULL;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "Where it goes.")
  private Path out = Path.of("");

  @Option(
      names = "--merge",
      paramLabel = "KIND",
      description = {
        "Write a model with the adapters in its weights into merged:",
        "BITS quantizes them again as they were, FLOAT does not."
      })
  private @Nullable Merge merge;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Continue this before and after; repeatable.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "20",
      description = "Most tokens to add to a prompt.")
  private int maxNewTokens;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    output.requireCount("--max-new-tokens", maxNewTokens);
    FinetuneOptions options = training.settings(output);
    Lora settings = adapter.settings(output);
    LowBit small = bits == null ? null : lowBit.settings(bits, output);
    LanguageModel<?> opened = model.open();
    Examples examples = training.examples(opened);
    Predicate<String> rule = adapter.rule(opened); // refuses names before anything is done
    var _ = settings.whole().paths(opened.network(), List.of());
    opened.loadWeights();
    LowBitReport report = small == null ? null : quantize(opened, small, settings.whole());
    KernelLinear.applyTo(opened.network(), precision);
    List<String> before = continued(opened);
    Torch.manualSeed(training.seed());
    Adapters adapters = settings.applyTo(opened.network(), rule);
    LossHistory losses;
    try (var progress = new FinetuneProgress(output)) {
      losses = new Finetune(opened, examples, options, out, progress).run();
    }
    PeftAdapter.of(adapters, Lora.DEFAULT_NAME, baseName()).write(out);
    output.write(
        out.resolve("loss.svg"),
        LossPicture.of(losses, "Loss of " + model.name() + " in training"));
    List<String> after = continued(opened);
    if (merge != null) {
      merge(opened, adapters);
    }
    tell(report, losses, before, after);
    return 0;
  }

  private LowBitReport quantize(LanguageModel<?> opened, LowBit settings, Whole whole) {
    LowBitReport report =
        settings.applyTo(opened.network(), LinearPlaces.allButHead().and(whole.outside()));
    opened.save(base(), DType.FLOAT32);
    output.write(base().resolve("signal.svg"), SignalPicture.of(report, model.name()));
    return report;
  }

  private Path base() {
    return out.resolve("base");
  }

  private String baseName() {
    return bits == null ? model.given() : base().toAbsolutePath().normalize().toString();
  }

  private void merge(LanguageModel<?> opened, Adapters adapters) {
    if (merge == Merge.FLOAT) {
      adapters.mergeToFloat();
    } else {
      adapters.merge();
    }
    opened.save(out.resolve("merged"), DType.FLOAT32);
  }

  private List<String> continued(LanguageModel<?> opened) {
    var options = new GenerationOptions().maxNewTokens(maxNewTokens);
    return prompts.stream().map(prompt -> opened.generate(prompt, options).text()).toList();
  }

  private void tell(
      @Nullable LowBitReport report, LossHistory losses, List<String> before, List<String> after) {
    if (output.json) {
      output.json(json(report, losses, before, after));
      return;
    }
    if (report != null) {
      output.line(
          String.format(
              Locale.ROOT,
              "base: %d layers, %.1f kB were %.1f kB",
              report.rows().size(),
              report.bytes() / 1e3,
              report.bytesBefore() / 1e3));
    }
    for (int i = 0; i < prompts.size(); i++) {
      output.line("");
      output.line(output.ansi().bold(VisibleText.printable(prompts.get(i))));
      output.line("  before: " + VisibleText.printable(before.get(i)));
      output.line("  after:  " + VisibleText.printable(after.get(i)));
    }
    output.line("written: " + out + " (adapter, loss.svg" + also() + ")");
  }

  private String also() {
    return (bits == null ? "" : ", base") + (merge == null ? "" : ", merged");
  }

  private Map<String, Object> json(
      @Nullable LowBitReport report, LossHistory losses, List<String> before, List<String> after) {
    var json = new LinkedHashMap<String, Object>();
    json.put("folder", out.toString());
    json.put("steps", losses.train().size());
    json.put("loss", losses.train());
    json.put("held_out", losses.heldOut());
    if (report != null) {
      json.put("bytes_before", report.bytesBefore());
      json.put("bytes", report.bytes());
    }
    var texts = new ArrayList<Map<String, String>>();
    for (int i = 0; i < prompts.size(); i++) {
      texts.add(Map.of("prompt", prompts.get(i), "before", before.get(i), "after", after.get(i)));
    }
    json.put("texts", texts);
    return json;
  }
}
